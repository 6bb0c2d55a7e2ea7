//go:build !linux

package storage

import "syscall"

// hearOut does nothing: only Linux has TCP_USER_TIMEOUT. Deadlines and keepalive end the waits elsewhere.
func hearOut(string, string, syscall.RawConn) error { return nil }
