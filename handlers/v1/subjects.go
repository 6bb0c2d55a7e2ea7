package v1

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/tidwall/gjson"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/views"
)

const maxTokenLife = 30 * 24 * time.Hour

// routeSubjects puts up what a business does with the people whose numbers it wants to know held.
func (a *api) routeSubjects(own fiber.Router, door fiber.Handler) {
	own.Post("/subjects/:ref/tokens", door, edge.JSONBody, a.mintToken)
	own.Get("/subjects/:ref/events", door, a.subjectEvents)
	own.Get("/subjects/:ref", door, a.subject)
	own.Delete("/subjects/:ref", door, a.eraseSubject)
}

// whoAt is the subject that the path names, in the environment of the key. The path is split before it is decoded, so
// that a reference may hold a slash.
func whoAt(c *fiber.Ctx) (possession.Who, error) {
	caller := edge.CallerOf(c)
	ref, err := url.PathUnescape(c.Params("ref"))
	if err == nil {
		err = access.CheckSubject(ref)
	}
	if err != nil {
		return possession.Who{}, models.BadField("ref", "ref must be 1 to 200 characters, none of them a control character")
	}
	return possession.Who{BusinessID: caller.Business.ID, Sandbox: caller.Key.Sandbox, Subject: ref}, nil
}

// mintToken answers POST /v1/subjects/:ref/tokens. The subject comes into being with its first token.
func (a *api) mintToken(c *fiber.Ctx) error {
	who, err := whoAt(c)
	if err != nil {
		return err
	}
	life, machine, err := tokenWish(c.BodyRaw())
	if err != nil {
		return err
	}
	h, err := a.Possession.Open(c.UserContext(), possession.Opening{Who: who, Machine: machine})
	if err != nil {
		return err
	}
	if machine && !h.Machine {
		return models.Fail(models.Conflict, "the subject exists already and is a person")
	}
	token, expires, err := a.Subjects.Mint(c.UserContext(), access.SubjectToken{
		BusinessID: who.BusinessID, Sandbox: who.Sandbox, Subject: who.Subject, Life: life,
	})
	if err != nil {
		return err
	}
	return edge.Answer(c, views.Token{Token: token, ExpiresAt: views.Instant(expires)})
}

// tokenWish reads the body of a wish for a token, which may be absent.
func tokenWish(body []byte) (life time.Duration, machine bool, err error) {
	if len(body) == 0 {
		return time.Hour, false, nil
	}
	m, err := edge.ReadObject(body)
	if err != nil {
		return 0, false, err
	}
	if machine, err = m.Flag("machine"); err != nil {
		return 0, false, err
	}
	ttl, given := m.Given("ttl")
	if !given {
		return time.Hour, machine, nil
	}
	seconds, err := strconv.ParseInt(ttl.Raw, 10, 32)
	if life = time.Duration(seconds) * time.Second; err != nil || ttl.Type != gjson.Number || life < time.Second || life > maxTokenLife {
		return 0, false, models.BadField("ttl", "ttl must be 1 to 2592000 seconds")
	}
	return life, machine, nil
}

// subject answers GET /v1/subjects/:ref. Numbers stand there in full: they are the business's own.
func (a *api) subject(c *fiber.Ctx) error {
	who, err := whoAt(c)
	if err != nil {
		return err
	}
	h, err := a.Possession.Get(c.UserContext(), who)
	if err != nil {
		return err
	}
	return edge.Answer(c, views.SubjectOf(h))
}

// subjectEvents answers GET /v1/subjects/:ref/events, oldest first. They outlive the person, whom they do not name.
func (a *api) subjectEvents(c *fiber.Ctx) error {
	who, err := whoAt(c)
	if err != nil {
		return err
	}
	most, after, err := eventPage(c.Queries())
	if err != nil {
		return err
	}
	events, more, err := a.eventsAfter(c.UserContext(), who, after, most)
	if err == nil && len(events) == 0 && after == 0 { // nothing has happened yet, or there is no such subject
		_, err = a.Possession.Get(c.UserContext(), who)
	}
	if err != nil {
		return err
	}
	return edge.SendPage(c, most, events, more, views.SubjectEventOf, func(e models.SubjectEvent) string { return strconv.FormatInt(e.Seq, 10) })
}

// eventsAfter gives at most so many events and tells whether there are more. As many as may be asked for are read at once.
func (a *api) eventsAfter(ctx context.Context, who possession.Who, after int64, most int) ([]models.SubjectEvent, bool, error) {
	events, err := a.Possession.Events(ctx, who, after)
	if err != nil || len(events) < most {
		return events, false, err
	}
	if len(events) > most {
		return events[:most], true, nil
	}
	rest, err := a.Possession.Events(ctx, who, events[most-1].Seq)
	return events, len(rest) > 0, err
}

func eventPage(query map[string]string) (most int, after int64, err error) {
	if most, err = edge.PageLimit(query); err != nil {
		return 0, 0, err
	}
	if text := query["cursor"]; text != "" {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 1 {
			return 0, 0, models.BadField("cursor", "cursor is not valid")
		}
	}
	return most, after, nil
}

// eraseSubject answers DELETE /v1/subjects/:ref: the person is forgotten. Their tokens are worth nothing, unless
// the reference is given a new one.
func (a *api) eraseSubject(c *fiber.Ctx) error {
	who, err := whoAt(c)
	if err != nil {
		return err
	}
	if err := a.Possession.Erase(c.UserContext(), who); err != nil {
		return err
	}
	return edge.Answer(c, views.ErasedSubject{Ref: who.Subject, Erased: true})
}
