package handlers_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/storage"
	"whoseline/storage/storagetest"
	"whoseline/webhooks"
)

var update = flag.Bool("update", false, "rewrite what the golden conversations expect; then read the diff")

// TestGoldenConversations replays testdata/*/*.txtar against the gateway that ships, on both engines. There is a folder for
// each dialect, and edge for what they share. A file is named for the behaviour, and says in its comment what it shows.
// Then come the sections
//
//	world            now, tick (what passes while a source is asked), ids and codes, in order
//	setup            the settings and who there is: see the methods of stage
//	N-request        a request as it goes over the wire; Host and Content-Length are added
//	N-start          the same, left running until its N-response
//	N-response       the answer: the status, every header that docs/dialects names, the body byte for byte
//	N-wallet B       what business B's wallet then holds
//	N-evidence B     B's refused and withdrawn consents, newest first
//	N-clock          how far the clock moves
//	N-outage         no live source can be reached, until N-recovery
//	N-resume         pending lookups that are due are asked for again: how many have ended
//	N-warnings       what the till has noted becomes events
//	N-pay REFERENCE  the payment vendor says in its word how much was paid: KOBO STATE
//	N-payments       the payment vendor is asked what became of payments
//	N-batches        the rows of batches are asked
//	N-retention      the people of lookups that have been kept for long enough are erased: from how many lookups
//	N-trail B        what business B's audit trail tells of erasures, newest first
//	N-event B        what business B's endpoints were told last, byte for byte
//	N-refuse-messages no message is taken, until N-take-messages
//	N-outbox NUMBER  what was sent to a number, newest first
//	N-close-store    the database goes away
//
// A request whose first line ends with HTTP/2.0 goes over that, without TLS. Of answers in application/grpc each message
// stands in a line: flags, length and content.
//
// In a request <hex ff> is a byte, <9*a> is nine times the text a, <cursor> is the nextCursor of the last answer, <token>
// the token of the newest answer that had one and <token3> that of 3-response. In an answer <a secret>, <a token> and
// the <hex> of a user stand for what was made by chance.
func TestGoldenConversations(t *testing.T) {
	t.Parallel()
	for _, path := range conversations(t) {
		t.Run(behaviour(path), func(t *testing.T) {
			t.Parallel()
			if *update {
				rewrite(t, path)
			}
			for _, engine := range []string{storage.SQLite, storage.Postgres} {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					replay(t, engine, read(t, path), compare)
				})
			}
		})
	}
}

func conversations(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden conversations: %v", err)
	}
	return paths
}

// behaviour is what a conversation shows: its folder and name, as lumin/wrong-code-burns.
func behaviour(path string) string {
	return filepath.ToSlash(strings.TrimSuffix(strings.TrimPrefix(path, "testdata"+string(filepath.Separator)), ".txtar"))
}

func read(t *testing.T, path string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// rewrite puts what the gateway answers into the file, also where no answer stands yet.
func rewrite(t *testing.T, path string) {
	t.Helper()
	given, full := read(t, path), &txtar.Archive{}
	full.Comment = given.Comment
	answered := map[string]bool{}
	for _, f := range given.Files {
		answered[f.Name] = true
	}
	for _, f := range given.Files {
		full.Files = append(full.Files, f)
		if number, is := strings.CutSuffix(f.Name, "-request"); is && !answered[number+"-response"] {
			full.Files = append(full.Files, txtar.File{Name: number + "-response"})
		}
	}
	replay(t, storage.SQLite, full, func(_ *testing.T, f *txtar.File, got string) { f.Data = []byte(got) })
	if err := os.WriteFile(path, txtar.Format(full), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compare tells where an answer is not the golden one.
func compare(t *testing.T, f *txtar.File, got string) {
	t.Helper()
	if diff := cmp.Diff(strings.Split(string(f.Data), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-golden +got):\n%s", f.Name, diff)
	}
}

// conversation is one file being replayed.
type conversation struct {
	*gateway
	answer  answer                 // the newest
	tokens  []given                // in the order of the answers
	running map[string]chan answer // started and not yet answered, by number
}

// given is a token and the number of the answer that it came in.
type given struct{ number, text string }

// replay plays the sections in order and hands what came of each to check.
func replay(t *testing.T, engine string, archive *txtar.Archive, check func(t *testing.T, f *txtar.File, got string)) {
	t.Helper()
	c := &conversation{gateway: raise(t, storagetest.MigratedURL(t, engine), archive), running: map[string]chan answer{}}
	for i := range archive.Files {
		f := &archive.Files[i]
		name, subject, _ := strings.Cut(f.Name, " ")
		number, verb, numbered := strings.Cut(name, "-")
		if !numbered {
			continue // the world and its setup stand already
		}
		if got, says := c.play(t, number, verb, subject, string(f.Data)); says {
			check(t, f, got)
		}
		if t.Failed() {
			return
		}
	}
}

// play does what a section asks. says tells whether something came of it that the section states.
func (c *conversation) play(t *testing.T, number, verb, subject, text string) (got string, says bool) {
	t.Helper()
	switch verb {
	case "request":
		c.running[number] = c.begin(t, c.request(text))
	case "start":
		c.running[number] = c.begin(t, c.request(text))
		c.waitForHold(t, c.running[number])
	case "response":
		c.answer = <-c.running[number]
		c.answer.check(t)
		if found := token.FindSubmatch(c.answer.body); found != nil {
			c.tokens = append(c.tokens, given{number, string(found[1])})
		}
		return c.answer.String(), true
	case "wallet":
		return c.wallet(t, subject), true
	case "evidence":
		return c.evidence(t, subject), true
	case "clock":
		span, err := time.ParseDuration(strings.TrimSpace(text))
		must(t, err)
		c.world.move(span)
	case "settings":
		c.prepare(t, append([]string{"settings", subject}, strings.Fields(text)...))
	case "outage":
		c.app.Lookups.AskLive(unreachable{})
	case "recovery":
		c.app.Lookups.AskLive(c.app.Live)
	case "resume":
		ended, err := c.app.Lookups.RetryDue(t.Context())
		must(t, err)
		return fmt.Sprintf("ended=%d\n", ended), true
	case "warnings":
		must(t, c.app.TellWarnings(t.Context()))
	case "pay":
		kobo, word, _ := strings.Cut(strings.TrimSpace(text), " ")
		paid, err := strconv.ParseInt(kobo, 10, 64)
		must(t, err)
		c.pay.Pay(subject, paid, models.Naira, word)
	case "payments":
		must(t, c.app.Payments.Work(t.Context()))
	case "batches":
		must(t, c.app.Batches.Work(t.Context()))
	case "retention":
		erased, err := c.app.EraseKept(t.Context())
		must(t, err)
		return fmt.Sprintf("erased=%d\n", erased), true
	case "trail":
		return c.trail(t, subject), true
	case "event":
		return c.event(t, subject), true
	case "refuse-messages":
		c.app.Possession.SendLiveBy(deaf{})
	case "take-messages":
		c.app.Possession.SendLiveBy(c.app.TestInbox)
	case "outbox":
		return c.outbox(t, subject), true
	case "close-store":
		c.closed = true
		must(t, c.app.DB.Close())
	default:
		t.Fatalf("%s-%s: unknown section", number, verb)
	}
	return "", false
}

// unreachable is the far side of a network that is down.
type unreachable struct{}

func (unreachable) Owners(context.Context, lookup.Question) lookup.Finding {
	return lookup.Finding{Outcome: models.OutcomeProviderDown}
}

// deaf takes no message.
type deaf struct{}

func (deaf) Send(context.Context, possession.Message) possession.Delivery {
	return possession.Delivery{Outcome: possession.ProviderDown}
}

func (c *conversation) wallet(t *testing.T, business string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a request may be under way meanwhile
	defer cancel()
	w, err := c.app.Till.Wallet(ctx, business)
	must(t, err)
	return fmt.Sprintf("available=%d held=%d entries=%d\n", w.Available, w.Held, w.Seq)
}

func (c *conversation) evidence(t *testing.T, business string) string {
	t.Helper()
	events, _, err := c.app.Lookups.ConsentEvents(t.Context(), lookup.EventPage{BusinessID: business, Limit: 100})
	must(t, err)
	lines := "rows=" + strconv.Itoa(len(events)) + "\n"
	for _, e := range events {
		lines += string(e.Kind) + ": " + e.Reason + "\n"
	}
	return lines
}

// numberHash is different each time, because its key is made by chance.
var numberHash = regexp.MustCompile(`\b[0-9a-f]{32}\b`)

func (c *conversation) trail(t *testing.T, business string) (lines string) {
	t.Helper()
	events, _, err := c.app.Trail.List(t.Context(), business, 0, 100)
	must(t, err)
	for _, e := range events {
		if strings.HasSuffix(e.Action, ".erased") {
			lines += e.Actor + " " + e.Action + " " + e.Target + " " + numberHash.ReplaceAllString(e.Detail, `<a hash>`) + "\n"
		}
	}
	return lines
}

func (c *conversation) event(t *testing.T, business string) string {
	t.Helper()
	list, _, err := c.app.Webhooks.Events(t.Context(), webhooks.Search{BusinessID: business})
	must(t, err)
	if len(list) == 0 {
		return "nothing\n"
	}
	event, err := c.app.Webhooks.Event(t.Context(), business, list[0].ID)
	must(t, err)
	told(t, event.Payload)
	return string(event.Payload) + "\n"
}

func (c *conversation) outbox(t *testing.T, number string) string {
	t.Helper()
	messages, err := c.app.TestInbox.To(t.Context(), number, 0)
	must(t, err)
	lines := "messages=" + strconv.Itoa(len(messages)) + "\n"
	for _, m := range messages {
		lines += m.Text + "\n"
	}
	return lines
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
