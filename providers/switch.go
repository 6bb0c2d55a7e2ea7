package providers

import "maps"

// SwitchOff says which sources are asked nothing until it is called again: those that the operator has switched off. Names that the router
// does not have mean nothing. What is under way ends as it would.
func (r *Router) SwitchOff(names map[string]bool) {
	off := maps.Clone(names)
	r.off.Store(&off)
}

func (r *Router) isOff(name string) bool {
	off := r.off.Load()
	return off != nil && (*off)[name]
}
