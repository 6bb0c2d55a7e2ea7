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

// secured gives the TLS settings for the far side of an account. A file may hold the certificate of a private
// authority.
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
