package zitadel

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"whoseline/handlers/edge"
	"whoseline/handlers/zitadel/zitadelproto"
	"whoseline/models"
)

// procedureKey is where a request carries the operation that it asks for.
const procedureKey = "procedure"

// route says which paths lead to which operations.
func (z *dialect) route(app *fiber.App) {
	auth, users := app.Group(authRoot), userService{z}
	auth.Get("healthz", rest(zitadelproto.AuthServiceHealthzProcedure, z.Healthz))
	auth.Get("users/me/phone", z.enter, rest(zitadelproto.AuthServiceGetMyPhoneProcedure, z.GetMyPhone))
	auth.Put("users/me/phone", z.enter, edge.AnyBody, rest(zitadelproto.AuthServiceSetMyPhoneProcedure, z.SetMyPhone))
	auth.Delete("users/me/phone", z.enter, rest(zitadelproto.AuthServiceRemoveMyPhoneProcedure, z.RemoveMyPhone))
	auth.Post("users/me/phone/_verify", z.enter, edge.AnyBody, rest(zitadelproto.AuthServiceVerifyMyPhoneProcedure, z.VerifyMyPhone))
	auth.Post("users/me/phone/_resend_verification", z.enter, edge.AnyBody,
		rest(zitadelproto.AuthServiceResendMyPhoneVerificationProcedure, z.ResendMyPhoneVerification))

	user := app.Group(userRoot + ":user/phone")
	user.Post("/", z.enter, edge.AnyBody, rest(zitadelproto.UserServiceSetPhoneProcedure, users.SetPhone))
	user.Delete("/", z.enter, rest(zitadelproto.UserServiceRemovePhoneProcedure, users.RemovePhone))
	user.Post("/resend", z.enter, edge.AnyBody, rest(zitadelproto.UserServiceResendPhoneCodeProcedure, users.ResendPhoneCode))
	user.Post("/verify", z.enter, edge.AnyBody, rest(zitadelproto.UserServiceVerifyPhoneProcedure, users.VerifyPhone))
}

// rest makes the REST side of an operation, as the far side's gateway does. The body becomes a message, the user in the
// path wins over one in the body, and the answer becomes JSON.
func rest[Q any, M interface {
	*Q
	proto.Message
}, R proto.Message](procedure string, do func(context.Context, M) (R, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Locals(procedureKey, procedure)
		question := M(new(Q))
		if m := c.Method(); m == fiber.MethodPost || m == fiber.MethodPut {
			if err := readJSON(c.BodyRaw(), question); err != nil {
				return err
			}
		}
		if user := c.Params("user"); user != "" {
			nameUser(question.ProtoReflect(), user)
		}
		reply, err := do(c.UserContext(), question)
		if err != nil {
			return err
		}
		return edge.Send(c, fiber.StatusOK, edge.JSONType, writeJSON(reply))
	}
}

// nameUser puts the user of a path into a message.
func nameUser(m protoreflect.Message, user string) {
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	m.Set(m.Descriptor().Fields().ByName("user_id"), protoreflect.ValueOfString(user))
}

// readJSON reads a message; nothing at all is an empty one.
func readJSON(body []byte, into proto.Message) error {
	if len(body) == 0 {
		return nil
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, into); err != nil {
		return models.Fail(models.Invalid, complaint(err))
	}
	return nil
}

var (
	spaces    = regexp.MustCompile(`[\s\x{a0}]+`)
	newerWord = regexp.MustCompile(`invalid value for (\w+) field [^:]*:`)
)

// complaint gives the library's text about wrong JSON in the words of the far side's version. The library varies the
// spaces from build to build, so that nobody relies on them. The dialect has to.
func complaint(err error) string {
	text := spaces.ReplaceAllString(strings.ToValidUTF8(err.Error(), "\uFFFD"), " ")
	text = newerWord.ReplaceAllString(strings.TrimSpace(text), "invalid value for $1 type:")
	if runes := []rune(text); len(runes) > maxComplaint {
		text = string(runes[:maxComplaint])
	}
	return text
}

// maxComplaint bounds how much of a wrong body its sender gets back.
const maxComplaint = 500

// writeJSON writes a message in the form of the far side: without zero values and without spaces.
func writeJSON(m proto.Message) []byte {
	loose, err := protojson.Marshal(m)
	if err != nil {
		panic("zitadel: encode: " + err.Error()) // only messages of ours, whose texts are UTF-8
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, loose); err != nil {
		panic("zitadel: compact: " + err.Error())
	}
	return tight.Bytes()
}

// json gives an error's body.
func (e refusal) json() []byte {
	body := strconv.AppendUint(append(make([]byte, 0, 256), `{"code":`...), uint64(e.code), 10)
	body = edge.AppendText(append(body, `,"message":`...), e.message())
	if e.id != "" {
		body = append(body, `,"details":[{"@type":"`+errorDetailType+`","id":`...)
		body = edge.AppendText(append(edge.AppendText(body, e.id), `,"message":`...), e.text)
		body = append(body, `}]`...)
	}
	return append(body, '}')
}
