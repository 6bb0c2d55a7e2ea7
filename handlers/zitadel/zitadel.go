// Package zitadel answers: how do ZITADEL's services about telephone numbers speak? docs/dialects/zitadel.md says what is taken over.
package zitadel

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"whoseline/handlers/edge"
	"whoseline/handlers/zitadel/zitadelproto"
	"whoseline/models"
	"whoseline/possession"
)

// dialect is ZITADEL's two services about telephone numbers, see docs/dialects/zitadel.md. REST and gRPC call the same
// methods, with the visitor in the context. This file has the methods of the first service, in which people act for
// themselves.
type dialect struct{ *edge.Edge }

// New makes the dialect.
func New(e *edge.Edge) edge.Dialect {
	rpc := newRPC(&dialect{Edge: e})
	return edge.Dialect{Roots: []string{authRoot, userRoot, rpcRoot}, Refuse: refuse, Route: rpc.route, Calls: rpc}
}

// The roots of the dialect's paths. The last one is a prefix: its services' names follow.
const (
	authRoot = "/auth/v1/"
	userRoot = "/v2/users/"
	rpcRoot  = "/zitadel."
)

// policy is decision X9 for this dialect. Numbers are shared: two people may have one. A business may vouch for a
// number, as the far side lets its administrators.
var policy = possession.Policy{Life: 10 * time.Minute, Attested: true}

// region is whose numbers may do without a plus, at the far side and so here.
const region = "CH"

// me gives the person who calls.
func (z *dialect) me(ctx context.Context) (visitor, possession.Holder, error) {
	v := visitorOf(ctx)
	if v.Subject == "" {
		return v, possession.Holder{}, errNotPersonal
	}
	h, err := z.Possession.Get(ctx, v.Who)
	if err == nil && h.Machine {
		err = errNotPersonal
	}
	return v, h, err
}

// Healthz answers as long as the gateway does.
func (z *dialect) Healthz(context.Context, *zitadelproto.HealthzRequest) (*zitadelproto.HealthzResponse, error) {
	return &zitadelproto.HealthzResponse{}, nil
}

// GetMyPhone gives the visitor's number.
func (z *dialect) GetMyPhone(ctx context.Context, _ *zitadelproto.GetMyPhoneRequest) (*zitadelproto.GetMyPhoneResponse, error) {
	v, h, err := z.me(ctx)
	if err != nil {
		return nil, err
	}
	phone := &zitadelproto.Phone{}
	if n, known := h.Phone(); known {
		phone.Phone, phone.IsPhoneVerified = n.Phone.E164(), n.Verified()
	}
	return &zitadelproto.GetMyPhoneResponse{Details: objectDetails(v, h), Phone: phone}, nil
}

// SetMyPhone puts a number in the place of the visitor's, and sends a code to it.
func (z *dialect) SetMyPhone(ctx context.Context, q *zitadelproto.SetMyPhoneRequest) (*zitadelproto.SetMyPhoneResponse, error) {
	if err := lengthRule("SetMyPhoneRequest.Phone", q.Phone, 50); err != nil {
		return nil, err
	}
	if text, _ := models.Visible(q.Phone); !strings.HasPrefix(text, "+") {
		return nil, models.Fail(models.Invalid, `invalid SetMyPhoneRequest.Phone: value does not have prefix "+"`)
	}
	phone, err := possession.ParseInternational(q.Phone, "")
	if err != nil {
		return nil, errNoPhone
	}
	v, _, err := z.me(ctx)
	if err != nil {
		return nil, err
	}
	code, err := z.code(ctx, v, phone)
	if err != nil {
		return nil, err
	}
	sent, err := z.Possession.Set(ctx, possession.SetNumber{SendCode: code})
	if err != nil {
		return nil, err
	}
	return &zitadelproto.SetMyPhoneResponse{Details: objectDetails(v, sent.Holder)}, nil
}

// VerifyMyPhone takes the code that was sent to the visitor's number.
func (z *dialect) VerifyMyPhone(ctx context.Context, q *zitadelproto.VerifyMyPhoneRequest) (*zitadelproto.VerifyMyPhoneResponse, error) {
	if err := lengthRule("VerifyMyPhoneRequest.Code", q.Code, 200); err != nil {
		return nil, err
	}
	v, _, err := z.me(ctx)
	if err != nil {
		return nil, err
	}
	h, err := z.Possession.CheckPhone(ctx, possession.CheckCode{Who: v.Who, Policy: policy, Code: q.Code})
	if err != nil {
		return nil, err
	}
	return &zitadelproto.VerifyMyPhoneResponse{Details: objectDetails(v, h)}, nil
}

// ResendMyPhoneVerification sends the visitor's code again.
func (z *dialect) ResendMyPhoneVerification(ctx context.Context, _ *zitadelproto.ResendMyPhoneVerificationRequest) (*zitadelproto.ResendMyPhoneVerificationResponse, error) {
	v, _, err := z.me(ctx)
	if err != nil {
		return nil, err
	}
	code, err := z.code(ctx, v, models.Phone{})
	if err != nil {
		return nil, err
	}
	sent, err := z.Possession.Resend(ctx, code)
	if err != nil {
		return nil, err
	}
	return &zitadelproto.ResendMyPhoneVerificationResponse{Details: objectDetails(v, sent.Holder)}, nil
}

// RemoveMyPhone takes the visitor's number away.
func (z *dialect) RemoveMyPhone(ctx context.Context, _ *zitadelproto.RemoveMyPhoneRequest) (*zitadelproto.RemoveMyPhoneResponse, error) {
	v, _, err := z.me(ctx)
	if err != nil {
		return nil, err
	}
	h, err := z.Possession.Remove(ctx, v.Who, models.Phone{})
	if err != nil {
		return nil, err
	}
	return &zitadelproto.RemoveMyPhoneResponse{Details: objectDetails(v, h)}, nil
}

func objectDetails(v visitor, h possession.Holder) *zitadelproto.ObjectDetails {
	return &zitadelproto.ObjectDetails{
		Sequence: uint64(h.Details.Sequence), CreationDate: timestamp(h.Details.First), ChangeDate: timestamp(h.Details.Last),
		ResourceOwner: v.BusinessID,
	}
}

// timestamp cuts to milliseconds. JSON then shows three digits or none.
func timestamp(at time.Time) *timestamppb.Timestamp {
	return timestamppb.New(at.Truncate(time.Millisecond))
}
