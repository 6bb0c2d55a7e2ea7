//go:build !unix || solaris || illumos || aix

package storage

import "os"

// lockFile opens a file. Systems without flock do not notice a second gateway.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}
