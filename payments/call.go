package payments

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/providers/gate"
)

// errLogin is for a vendor that does not let us in.
var errLogin = errors.New("the login was refused")

// exchange asks the vendor, after a login where it wants one.
func (d *Desk) exchange(ctx context.Context, method, path string, body []byte) (gate.Reply, error) {
	if d.Login == nil {
		return d.call(ctx, method, path, "Bearer "+d.account.Secret, body)
	}
	for again := false; ; again = true {
		token, err := d.bearer(ctx)
		if err != nil {
			return gate.Reply{}, err
		}
		got, err := d.call(ctx, method, path, "Bearer "+token, body)
		if err != nil || got.Status != http.StatusUnauthorized || again {
			return got, err
		}
		d.forget(token)
	}
}

func (d *Desk) call(ctx context.Context, method, path, authorization string, body []byte) (gate.Reply, error) {
	to, err := url.Parse(d.Base + path)
	if err != nil {
		return gate.Reply{}, err
	}
	header := http.Header{"Authorization": {authorization}}
	if body != nil {
		header.Set("Content-Type", "application/json")
	}
	return d.client.Send(ctx, gate.Call{Method: method, URL: to, Header: header, Body: body})
}

// bearer gives the token of the last login, or of another one.
func (d *Desk) bearer(ctx context.Context) (string, error) {
	select {
	case <-d.turn:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { d.turn <- struct{}{} }()
	if d.now().Before(d.login.until) {
		return d.login.token, nil
	}
	basic := base64.StdEncoding.EncodeToString([]byte(d.account.Key + ":" + d.account.Secret))
	got, err := d.call(ctx, http.MethodPost, d.Login.Path, "Basic "+basic, []byte("{}"))
	if err != nil {
		return "", err
	}
	token := gjson.GetBytes(got.Body, d.Login.Token).String()
	if got.Status/100 != 2 || token == "" {
		return "", errLogin
	}
	life := time.Duration(gjson.GetBytes(got.Body, d.Login.Seconds).Int()) * time.Second
	d.login.token, d.login.until = token, d.now().Add(life-min(life/10, time.Minute))
	return token, nil
}

// forget drops a token that was refused.
func (d *Desk) forget(token string) {
	<-d.turn
	if d.login.token == token {
		d.login.until = time.Time{}
	}
	d.turn <- struct{}{}
}
