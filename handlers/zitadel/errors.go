package zitadel

import (
	"net/http"

	"connectrpc.com/connect"
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/handlers/zitadel/zitadelproto"
	"whoseline/models"
)

// The codes of refusals that only this dialect knows.
const (
	credentialMissing models.Code = "credential_missing" // there is no header Authorization
	notPersonal       models.Code = "not_personal"       // the visitor is a program, which has no telephone
	noPhone           models.Code = "no_phone"           // the text is no telephone number
)

var (
	errCredentialMissing = models.Fail(credentialMissing, "there is no credential")
	errNotPersonal       = models.Fail(notPersonal, "the visitor is not a person")
	errNotPermitted      = models.Fail(models.NotPermitted, "the visitor may not do this")
	errNoPhone           = models.Fail(noPhone, "the text is no telephone number")
)

// refusal is one line of the dialect's errors. A line without an id is what the far side's front has: no details, and
// no id behind the text. An empty text is replaced by the error's own.
type refusal struct {
	code     connect.Code
	id, text string
	status   int // of HTTP, where the code's own does not fit
}

// message is the text as it is sent.
func (e refusal) message() string {
	if e.id == "" {
		return e.text
	}
	return e.text + " (" + e.id + ")"
}

// refusals are the errors of each operation in docs/dialects/zitadel.md, by procedure.
var refusals = map[string]map[models.Code]refusal{
	zitadelproto.AuthServiceGetMyPhoneProcedure: {
		models.NotFound: {connect.CodeNotFound, "QUERY-DAvb3", "User could not be found", 0},
		notPersonal:     {connect.CodeFailedPrecondition, "QUERY-hliQl", "The User must be personal", 0},
	},
	zitadelproto.AuthServiceSetMyPhoneProcedure: {
		models.NotFound:       {connect.CodeNotFound, "QUERY-DAvb3", "User could not be found", 0},
		notPersonal:           {connect.CodeFailedPrecondition, "QUERY-hliQl", "The User must be personal", 0},
		noPhone:               {connect.CodeInvalidArgument, "PHONE-so0wa", "Phone is invalid", 0},
		models.CountryRefused: {connect.CodeInvalidArgument, "PHONE-so0wa", "Phone is invalid", 0},
		models.Unchanged:      {connect.CodeFailedPrecondition, "COMMAND-wF94r", "Phone not changed", 0},
		models.StepDisabled:   {connect.CodeFailedPrecondition, "COMMAND-wF94r", "Phone not changed", 0},
	},
	zitadelproto.AuthServiceVerifyMyPhoneProcedure: {
		models.CodeWrong:     {connect.CodeInvalidArgument, "COMMAND-sM0cs", "Code is invalid", 0},
		models.CodeExpired:   {connect.CodeInvalidArgument, "COMMAND-sM0cs", "Code is invalid", 0},
		models.CodeNotSent:   {connect.CodeNotFound, "COMMAND-Rsj8c", "Code not found", 0},
		models.CodeUsed:      {connect.CodeNotFound, "COMMAND-Rsj8c", "Code not found", 0},
		models.CodeBurnt:     {connect.CodeNotFound, "COMMAND-Rsj8c", "Code not found", 0},
		models.NumberMissing: {connect.CodeNotFound, "COMMAND-Rsj8c", "Code not found", 0},
		models.StepDisabled:  {connect.CodeNotFound, "COMMAND-Rsj8c", "Code not found", 0},
		models.NotFound:      {connect.CodeFailedPrecondition, "COMMAND-Rsj8c", "User could not be found", 0},
		notPersonal:          {connect.CodeFailedPrecondition, "COMMAND-Rsj8c", "User could not be found", 0},
	},
	zitadelproto.AuthServiceResendMyPhoneVerificationProcedure: {
		models.NumberVerified: {connect.CodeFailedPrecondition, "COMMAND-2M9sf", "Phone already verified", 0},
		models.StepDisabled:   {connect.CodeFailedPrecondition, "COMMAND-2M9sf", "Phone already verified", 0},
		models.NumberMissing:  {connect.CodeNotFound, "COMMAND-2b7Hf", "Phone not found", 0},
		models.NotFound:       {connect.CodeNotFound, "COMMAND-2b7Hf", "Phone not found", 0},
		notPersonal:           {connect.CodeNotFound, "COMMAND-2b7Hf", "Phone not found", 0},
		models.CountryRefused: {connect.CodeInvalidArgument, "PHONE-so0wa", "Phone is invalid", 0},
	},
	zitadelproto.AuthServiceRemoveMyPhoneProcedure: {
		models.NumberMissing: {connect.CodeNotFound, "COMMAND-p6rsc", "Phone not found", 0},
		models.NotFound:      {connect.CodeNotFound, "COMMAND-p6rsc", "Phone not found", 0},
		notPersonal:          {connect.CodeNotFound, "COMMAND-p6rsc", "Phone not found", 0},
	},
	zitadelproto.UserServiceSetPhoneProcedure: {
		models.NotFound:       {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
		notPersonal:           {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
		noPhone:               {connect.CodeInvalidArgument, "PHONE-so0wa", "Phone is invalid", 0},
		models.CountryRefused: {connect.CodeInvalidArgument, "PHONE-so0wa", "Phone is invalid", 0},
		models.Unchanged:      {connect.CodeFailedPrecondition, "COMMAND-Uch5e", "Phone not changed", 0},
		models.StepDisabled:   {connect.CodeFailedPrecondition, "COMMAND-Uch5e", "Phone not changed", 0},
	},
	zitadelproto.UserServiceResendPhoneCodeProcedure: {
		models.NotFound:       {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
		notPersonal:           {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
		models.NumberMissing:  {connect.CodeFailedPrecondition, "PHONE-5xrra88eq8", "Code is empty", 0},
		models.NumberVerified: {connect.CodeFailedPrecondition, "PHONE-5xrra88eq8", "Code is empty", 0},
		models.StepDisabled:   {connect.CodeFailedPrecondition, "PHONE-5xrra88eq8", "Code is empty", 0},
		models.CountryRefused: {connect.CodeInvalidArgument, "PHONE-so0wa", "Phone is invalid", 0},
	},
	zitadelproto.UserServiceVerifyPhoneProcedure: {
		models.NotFound:      {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
		notPersonal:          {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
		models.CodeWrong:     {connect.CodeInvalidArgument, "COMMAND-eis9R", "Code is invalid", 0},
		models.CodeExpired:   {connect.CodeInvalidArgument, "COMMAND-eis9R", "Code is invalid", 0},
		models.CodeNotSent:   {connect.CodeInvalidArgument, "COMMAND-eis9R", "Code is invalid", 0},
		models.CodeUsed:      {connect.CodeInvalidArgument, "COMMAND-eis9R", "Code is invalid", 0},
		models.CodeBurnt:     {connect.CodeInvalidArgument, "COMMAND-eis9R", "Code is invalid", 0},
		models.NumberMissing: {connect.CodeInvalidArgument, "COMMAND-eis9R", "Code is invalid", 0},
		models.StepDisabled:  {connect.CodeInvalidArgument, "COMMAND-eis9R", "Code is invalid", 0},
	},
	zitadelproto.UserServiceRemovePhoneProcedure: {
		models.NotFound:      {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
		notPersonal:          {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
		models.NumberMissing: {connect.CodeNotFound, "COMMAND-ieJ2e", "Phone not found", 0},
	},
}

// anywhere are the errors that mean the same in all operations, and before any is reached, with X12.
var anywhere = map[models.Code]refusal{
	models.Invalid:              {connect.CodeInvalidArgument, "", "", 0},
	credentialMissing:           {connect.CodeUnauthenticated, "", "auth header missing", 0},
	models.Unauthorized:         {connect.CodeUnauthenticated, "AUTH-7fs1e", "Errors.Token.Invalid", 0},
	models.NotPermitted:         {connect.CodePermissionDenied, "AUTH-5mWD2", "No matching permissions found", 0},
	models.NotFound:             {connect.CodeNotFound, "", "Not Found", 0},
	models.MethodNotAllowed:     {connect.CodeUnimplemented, "", "Method Not Allowed", http.StatusMethodNotAllowed},
	models.TooLarge:             {connect.CodeResourceExhausted, "", "Request Entity Too Large", http.StatusRequestEntityTooLarge},
	models.UnsupportedMediaType: {connect.CodeInvalidArgument, "", "Unsupported Media Type", http.StatusUnsupportedMediaType},
	models.HeadersTooLarge:      {connect.CodeResourceExhausted, "", "Request Header Fields Too Large", http.StatusRequestHeaderFieldsTooLarge},
	models.TooManyRequests:      {connect.CodeResourceExhausted, "", "Too Many Requests", 0},
	models.TooManySends:         {connect.CodeResourceExhausted, "", "Too Many Requests", 0},
	models.StepDisabled:         {connect.CodeFailedPrecondition, "", "Phone can no longer change", 0},
	models.ChannelRefused:       {connect.CodeUnavailable, "", "Message could not be sent", 0},
	models.InsufficientFunds:    {connect.CodeFailedPrecondition, "", "Insufficient funds to send the message", 0},
	models.SpendCapReached:      {connect.CodeFailedPrecondition, "", "Spend cap reached", 0},
	models.NumberTaken:          {connect.CodeFailedPrecondition, "", "Phone belongs to another user", 0}, // not while this dialect shares numbers
	models.Busy:                 {connect.CodeUnavailable, "", "Service Unavailable", 0},
	models.Unavailable:          {connect.CodeUnavailable, "", "Service Unavailable", 0},
	models.Unknown:              {connect.CodeUnavailable, "", "Service Unavailable", 0},
}

// refusalOf finds the line of an error. The procedure is "" when none was reached.
func refusalOf(procedure string, err *models.Error) refusal {
	line, known := refusals[procedure][err.Code]
	if !known {
		line, known = anywhere[err.Code]
	}
	switch {
	case !known:
		return refusal{connect.CodeInternal, "", "Internal Server Error", 0}
	case line.text == "":
		line.text = err.Message
	}
	return line
}

// httpStatus is the status that the far side's gateway gives for a code of gRPC.
var httpStatus = map[connect.Code]int{
	connect.CodeInvalidArgument: http.StatusBadRequest, connect.CodeFailedPrecondition: http.StatusBadRequest,
	connect.CodeUnauthenticated: http.StatusUnauthorized, connect.CodePermissionDenied: http.StatusForbidden,
	connect.CodeNotFound:          http.StatusNotFound,
	connect.CodeResourceExhausted: http.StatusTooManyRequests, connect.CodeInternal: http.StatusInternalServerError,
	connect.CodeUnimplemented: http.StatusNotImplemented, connect.CodeUnavailable: http.StatusServiceUnavailable,
}

// errorDetailType names the message that details consist of.
const errorDetailType = "type.googleapis.com/zitadel.v1.ErrorDetail"

// refuse renders an error as the far side's gateway does: {"code":…,"message":…,"details":[…]}.
func refuse(c *fiber.Ctx, err *models.Error) error {
	procedure, _ := c.Locals(procedureKey).(string)
	line := refusalOf(procedure, err)
	if line.status == 0 {
		line.status = httpStatus[line.code]
	}
	if line.status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, line.message())
	}
	return edge.Send(c, line.status, edge.JSONType, line.json())
}
