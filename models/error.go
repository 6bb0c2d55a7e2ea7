package models

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of thing went wrong. A dialect turns it into its own words and status; the middle of the
// house never does.
type Code string

// The codes. Their texts are stable: `/v1` sends them to callers.
const (
	Invalid              Code = "invalid"              // a field is missing, mistyped or out of range
	ConsentMissing       Code = "consent_missing"      // the subject's consent was not asserted
	ConsentWithdrawn     Code = "consent_withdrawn"    // the subject took the consent back
	Unauthorized         Code = "unauthorized"         // no such key, or it may not be used here and now
	NotPermitted         Code = "not_permitted"        // the caller is known, and may not do this
	NotFound             Code = "not_found"            // there is none, or it is another tenant's
	MethodNotAllowed     Code = "method_not_allowed"   // the path exists, the method does not
	InsufficientFunds    Code = "insufficient_funds"   // the wallet cannot cover the price
	SpendCapReached      Code = "spend_cap_reached"    // the key or the business may spend no more until a period is over
	Conflict             Code = "conflict"             // already taken (a reference, a name)
	InProgress           Code = "in_progress"          // the first request with this idempotency key is still running
	IdempotencyMismatch  Code = "idempotency_mismatch" // the idempotency key was used with another body
	TooLarge             Code = "too_large"            // the body exceeds the limit
	HeadersTooLarge      Code = "headers_too_large"    // the headers exceed the limit
	UnsupportedMediaType Code = "unsupported_media"    // the body is not JSON
	TooManyRequests      Code = "too_many_requests"    // the key's rate limit is reached
	SourcesUnavailable   Code = "sources_unavailable"  // every source failed
	Busy                 Code = "busy"                 // a bounded queue is full: try again shortly
	Unavailable          Code = "unavailable"          // the database is away or full: nothing was done, try again
	Unknown              Code = "unknown_outcome"      // the database did not say whether it committed
	Internal             Code = "internal"             // our own fault
)

// Error is a failure that a caller may be told about. Code decides the status. Message is safe to show and never holds
// personal data. Field names the offending input when there is one.
type Error struct {
	Code       Code
	Message    string
	Field      string
	Scope      string        // that the caller's key lacks
	RetryAfter time.Duration // when a retry may help; 0 = nothing to say
	EndsAt     time.Time     // when what stops it is over; zero = nothing to say
	Lines      []LineFault   // of a file that is at fault: the first of them
	Faults     int           // how many lines of it are
	Err        error         // the cause, for the log only
}

// Error gives the code, the message and the cause.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Code: c}) true for every error of that code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Fail makes an error of a code with a message that may be shown.
func Fail(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// BadField refuses one field of the input.
func BadField(field, message string) *Error {
	return &Error{Code: Invalid, Field: field, Message: message}
}

// Fault wraps a failure of our own: the cause is logged, never shown. That the database is away, or has not
// said what became of something, is not our own fault.
func Fault(err error) *Error {
	if e := (*Error)(nil); errors.As(err, &e) && (e.Code == Unavailable || e.Code == Unknown) {
		return &Error{Code: e.Code, Message: e.Message, RetryAfter: e.RetryAfter, Err: err}
	}
	return &Error{Code: Internal, Err: err}
}

// FaultIn is Fault that says what failed. A refusal that a caller may hear passes as it is, and so does nil.
func FaultIn(doing string, err error) error {
	if err == nil {
		return nil
	}
	if told := (*Error)(nil); errors.As(err, &told) {
		return err
	}
	return Fault(fmt.Errorf("%s: %w", doing, err))
}

// CodeOf gives the code of an error: "" for nil, Internal for one that carries none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// LineFault is what is wrong with a line of a file.
type LineFault struct {
	Line   int64  `json:"line"` // 1 = the first one
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail"`
}
