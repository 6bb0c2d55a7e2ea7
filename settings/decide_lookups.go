package settings

import (
	"net/url"
	"strconv"
	"time"

	"whoseline/models"
)

const (
	maxRetentionDays = 36500
	maxOrigins       = 20
	maxOrigin        = 500
)

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
	return checkOrigins(s.Origins)
}

func checkOrigins(origins []string) error {
	if len(origins) > maxOrigins {
		return models.BadField("origins", "origins must be at most "+strconv.Itoa(maxOrigins))
	}
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if err != nil || len(origin) > maxOrigin || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			return models.BadField("origins", "origins must be written as https://app.example")
		}
	}
	return nil
}
