package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// pictures is where the guide's pictures are written to. Empty: none are.
const pictures = "WHOSELINE_CONSOLE_PICTURES"

// mostPicture keeps the repository small.
const mostPicture = 200 << 10

// The guide's pictures are those of the console as it is: this writes them anew where it is asked to, and always makes them.
func TestTheGuidesPicturesAreOfTheConsoleAsItIs(t *testing.T) {
	t.Parallel()
	g := raise(t)
	conflict := g.history(t)
	w := g.chromium(t)
	w.signIn()
	for _, p := range []struct {
		name, path    string
		width, height int64
	}{
		{"overview", "", 1280, 900},
		{"lookups", "/lookups", 1280, 900},
		{"phone", "/lookups", 390, 844},
		{"lookup", "/lookups/" + conflict, 1280, 900},
		{"conflicts", "/conflicts", 1280, 900},
		{"statement", "/statements/" + time.Now().UTC().Format("2006-01"), 1280, 900},
	} {
		w.do(chromedp.EmulateViewport(p.width, p.height))
		w.open("/console" + p.path)
		w.is(`document.readyState === "complete"`)
		picture, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
		must(t, err)
		if len(picture) < 10<<10 || len(picture) > mostPicture {
			t.Errorf("the picture of the %s has %d bytes", p.name, len(picture))
		}
		if to := os.Getenv(pictures); to != "" {
			must(t, os.WriteFile(filepath.Join(to, fmt.Sprintf("console-%s.png", p.name)), picture, 0o644))
		}
	}
}
