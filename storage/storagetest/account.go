package storagetest

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is who runs the server: ourselves, or somebody else if we are root, as PostgreSQL refuses to run as root.
type account struct{ credential *syscall.Credential }

// folder makes sure of a folder that belongs to the account.
func (a account) folder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil || a.credential == nil {
		return err
	}
	return os.Chown(path, int(a.credential.Uid), int(a.credential.Gid))
}

// attributes puts the server into a session of its own, so that a Ctrl-C reaches it through the pipe only, in order.
func (a account) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential, Setsid: true}
}

// handOver prepares the folders of a server for the account that will run it.
func handOver(dir string, inside ...string) (owner account, err error) {
	if os.Geteuid() == 0 {
		if owner, err = lesserAccount(); err != nil {
			return account{}, err
		}
	}
	for _, folder := range append([]string{dir}, inside...) {
		if err := owner.folder(folder); err != nil {
			return account{}, err
		}
	}
	if owner.credential == nil {
		return owner, nil
	}
	return owner, openPath(dir)
}

func lesserAccount() (account, error) {
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(found.Gid, 10, 32)
		if err != nil {
			continue
		}
		return account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return account{}, errors.New("there is no user postgres or nobody to run PostgreSQL as")
}

// openPath lets others walk through the temporary folders above dir, such as those that a test was given.
func openPath(dir string) error {
	for above := filepath.Dir(dir); strings.HasPrefix(above, os.TempDir()+"/"); above = filepath.Dir(above) {
		info, err := os.Stat(above)
		if err != nil {
			return err
		}
		if err := os.Chmod(above, info.Mode().Perm()|0o011); err != nil {
			return err
		}
	}
	return nil
}
