package settings

import (
	"strconv"
	"time"

	"whoseline/models"
)

const maxRetentionDays = 36500

// checkPolicy takes the settings that decide how lookups are answered.
func checkPolicy(s Choices) error {
	if s.Release != "" && s.Release != models.DiscloseOwner && s.Release != models.DiscloseVerdict {
		return models.BadField("release", "release must be owner or verdict")
	}
	if most := int(MaxCacheTTL / time.Second); s.Cache.TTL < 0 || s.Cache.TTL > most {
		return models.BadField("cache.ttl", "cache.ttl must be 0 to "+strconv.Itoa(most)+" seconds")
	}
	if s.RetentionDays < KeepForEver || s.RetentionDays > maxRetentionDays {
		return models.BadField("retentionDays", "retentionDays must be -1 to "+strconv.Itoa(maxRetentionDays))
	}
	if len(s.Cache.Purposes) > maxPurposes {
		return models.BadField("cache.purposes", "cache.purposes must be at most "+strconv.Itoa(maxPurposes))
	}
	for _, purpose := range s.Cache.Purposes {
		if err := models.CheckText("cache.purposes", purpose); err != nil {
			return err
		}
	}
	return nil
}
