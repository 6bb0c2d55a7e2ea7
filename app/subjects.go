package app

import "whoseline/access"

// identify makes the doors for partners' clients and for the people whom they name.
func (a *App) identify() {
	a.Faces = access.NewFaces(a.Keys)
	a.Subjects = access.NewSubjects(a.Keys, a.Keyring)
}
