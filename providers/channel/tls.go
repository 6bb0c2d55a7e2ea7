package channel

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"

	"whoseline/config"
)

// The ways to secure a connection that is not HTTP.
const (
	tlsAtOnce = "tls"
	tlsLater  = "starttls"
	tlsNever  = "none"
)

// secured gives the settings for TLS with the far side of an account. A private one may be vouched for by a certificate
// in a file.
func secured(a config.Account) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(a.Addr)
	if err != nil {
		return nil, errors.New("addr is not host:port")
	}
	settings := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if a.CAFile == "" {
		return settings, nil
	}
	text, err := os.ReadFile(a.CAFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	settings.RootCAs = x509.NewCertPool()
	if !settings.RootCAs.AppendCertsFromPEM(text) {
		return nil, errors.New("ca_file: there is no certificate in it")
	}
	return settings, nil
}
