package console

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/dashboard"
	"whoseline/handlers/edge"
	"whoseline/models"
)

// assetKinds are the files that are served, by their endings.
var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".txt": "text/plain; charset=utf-8",
}

// assetVersion changes with any of the assets, so that a browser may keep each for good.
var assetVersion = hashAssets()

func hashAssets() string {
	sum := sha256.New()
	err := fs.WalkDir(dashboard.Files, "assets", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := dashboard.Files.ReadFile(name)
		sum.Write([]byte(name + "\x00"))
		sum.Write(body)
		return err
	})
	if err != nil {
		panic("console: " + err.Error()) // the files are part of the binary
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func assetPath(name string) string { return root + "/assets/" + assetVersion + "/" + name }

// asset answers GET /console/assets/:version/:name. One of another version is not kept: it is on its way out.
func (k *console) asset(c *fiber.Ctx) error {
	name := c.Params("name")
	kind := assetKinds[path.Ext(name)]
	body, err := dashboard.Files.ReadFile("assets/" + name)
	if err != nil || kind == "" || strings.ContainsAny(name, `/\`) {
		return models.Fail(models.NotFound, "")
	}
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	if c.Params("version") == assetVersion {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	return edge.Send(c, fiber.StatusOK, kind, body)
}
