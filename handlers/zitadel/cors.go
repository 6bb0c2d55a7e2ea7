package zitadel

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// Browsers call this dialect from pages of other origins, as they call ZITADEL. A preflight shows no credentials, so
// every origin gets the same answer to it. The business decides what the call itself may do, see welcome. Cookies do
// not count: a page without a token gets nowhere.

// allowance is what a page of another origin may do and read.
var allowance = [][2]string{
	{fiber.HeaderAccessControlAllowMethods, "GET, POST, PUT, DELETE, OPTIONS"},
	{fiber.HeaderAccessControlAllowHeaders, "accept, accept-language, authorization, connect-protocol-version, connect-timeout-ms, content-type, " +
		"grpc-timeout, traceparent, x-grpc-web, x-requested-with, x-user-agent, x-zitadel-orgid"},
	{fiber.HeaderAccessControlMaxAge, "600"},
}

const exposed = "grpc-message, grpc-status, grpc-status-details-bin, location, ratelimit-limit, ratelimit-remaining, ratelimit-reset, request-id, retry-after"

// ofDialect tells whether a path is this dialect's.
func ofDialect(path string) bool {
	return edge.Below(path, authRoot) || edge.Below(path, userRoot) || edge.Below(path, rpcRoot)
}

// crossOrigin lets pages of other origins read the dialect's answers, and answers their preflights.
func crossOrigin(c *fiber.Ctx) error {
	origin := c.Get(fiber.HeaderOrigin)
	if !ofDialect(c.Path()) {
		return c.Next()
	}
	c.Vary(fiber.HeaderOrigin)
	if origin == "" {
		return c.Next()
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
	if c.Method() != fiber.MethodOptions || c.Get(fiber.HeaderAccessControlRequestMethod) == "" {
		c.Set(fiber.HeaderAccessControlExposeHeaders, exposed)
		return c.Next()
	}
	for _, header := range allowance {
		c.Set(header[0], header[1])
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// readable is crossOrigin for calls that Fiber does not see.
func readable(answer http.Header, q *http.Request) {
	answer.Add(fiber.HeaderVary, fiber.HeaderOrigin)
	if origin := q.Header.Get(fiber.HeaderOrigin); origin != "" {
		answer.Set(fiber.HeaderAccessControlAllowOrigin, origin)
		answer.Set(fiber.HeaderAccessControlExposeHeaders, exposed)
	}
}

// welcome refuses a page whose origin its business does not name, when it names any. Calls without an origin come from no
// page.
func (z *dialect) welcome(ctx context.Context, businessID, origin string) error {
	if origin == "" {
		return nil
	}
	terms, err := z.Keys.Terms(ctx, businessID)
	if err != nil {
		return err
	}
	named := terms.Settings.Origins
	if len(named) == 0 || slices.ContainsFunc(named, func(o string) bool { return strings.EqualFold(o, origin) }) {
		return nil
	}
	return models.Fail(notPermitted, "the origin is not one of the business's")
}
