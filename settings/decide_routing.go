package settings

import (
	"regexp"
	"slices"
	"strconv"

	"whoseline/models"
)

const (
	maxSources = 32
	maxHedge   = 1_000_000_000_000 // kobo a day
)

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// checkRouting checks the form of what was agreed about sources. A source that this gateway does not have is skipped
// when sources are asked.
func checkRouting(r models.Routing) error {
	if len(r.Sources) > maxSources {
		return models.BadField("sources", "sources must be at most "+strconv.Itoa(maxSources))
	}
	for i, name := range r.Sources {
		if !sourceName.MatchString(name) {
			return models.BadField("sources", "a source's name has lower-case letters, digits, - and _")
		}
		if slices.Contains(r.Sources[:i], name) {
			return models.BadField("sources", "sources must not name "+name+" twice")
		}
	}
	if r.HedgePerDay < 0 || r.HedgePerDay > maxHedge {
		return models.BadField("hedgePerDay", "hedgePerDay must be 0 to "+strconv.Itoa(maxHedge)+" kobo")
	}
	return nil
}
