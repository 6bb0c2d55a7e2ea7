package storage

import (
	"strings"
	"syscall"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of linux/tcp.h, which the syscall package does not name.
const tcpUserTimeout = 18

// hearOut makes the kernel give up a TCP connection on which what was sent is not acknowledged in time.
func hearOut(network, _ string, raw syscall.RawConn) (err error) {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	failed := raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(unheardWithin.Milliseconds()))
	})
	if failed != nil {
		return failed
	}
	return err
}
