package webhooks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout = 5 * time.Second
	maxHeader   = 16 << 10 // bytes of an answer's header
	maxAnswer   = 64 << 10 // bytes of an answer's body that are read, so that the connection can be used again
)

// newClient makes a client that follows no redirect, knows no proxy and keeps no cookie.
func newClient(g guard, roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            g.dialer().DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    dialTimeout,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConns:           256,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        30 * time.Second,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post sends a request and sorts what came of it. The answer's body is nobody's business.
func (s *Service) post(request *http.Request) reply {
	answer, err := s.client.Do(request)
	if err != nil {
		return reply{class: classOfError(err)}
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // the status has said it all
	return reply{
		class: classOf(answer.StatusCode), status: answer.StatusCode,
		retryAfter: retryAfter(answer.Header.Get("Retry-After"), s.world.Now()),
	}
}

// classOfError sorts an exchange without an answer. The error itself names the URL and goes nowhere.
func classOfError(err error) class {
	var (
		dns       *net.DNSError
		op        *net.OpError
		untrusted *tls.CertificateVerificationError
		noTLS     tls.RecordHeaderError
		alert     tls.AlertError
		timeout   net.Error
	)
	switch {
	case refused(err):
		return classAddress
	case errors.As(err, &dns):
		return classDNS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return classTimeout
	case errors.As(err, &untrusted), errors.As(err, &noTLS), errors.As(err, &alert):
		return classTLS
	case errors.As(err, &op) && op.Op == "dial":
		return classConnect
	}
	return classOther
}
