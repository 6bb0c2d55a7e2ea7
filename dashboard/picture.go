package dashboard

import (
	"encoding/base64"
	"fmt"
	"html/template"

	"rsc.io/qr"
)

// Picture gives a text as a QR code that a page shows. It is drawn here, so that nobody else hears of the text.
func Picture(text string) (template.URL, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())), nil //nolint:gosec // base64 holds nothing that a page could run
}
