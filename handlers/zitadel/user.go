package zitadel

import (
	"context"
	"strconv"
	"unicode/utf8"

	"whoseline/access"
	"whoseline/handlers/zitadel/zitadelproto"
	"whoseline/models"
	"whoseline/possession"
)

// userService is the second service. In it somebody acts for a user by name: the user, or the business with its API
// key.
type userService struct{ *dialect }

// user gives the visitor as the user whom they speak for. Another business's users are unknown. So are users that a
// business names before they exist; a token made for them makes them exist.
func (z userService) user(ctx context.Context, id string) (visitor, error) {
	v := visitorOf(ctx)
	switch reach := access.DoorZITADELUsers.May(v.shows); {
	case reach == access.ReachOwn && v.Subject == id:
		_, _, err := z.me(ctx)
		return v, err
	case reach != access.ReachAll:
		return v, models.Fail(models.NotFound, "there is no such user")
	}
	v.Subject, v.address = id, "" // the address is that of the business's server, which asks for everybody
	h, err := z.Possession.Get(ctx, v.Who)
	if err == nil && h.Machine {
		err = errNotPersonal
	}
	return v, err
}

// SetPhone puts a number in the place of the user's.
func (z userService) SetPhone(ctx context.Context, q *zitadelproto.SetPhoneRequest) (*zitadelproto.SetPhoneResponse, error) {
	if err := userRule("SetPhoneRequest", q.UserId); err != nil {
		return nil, err
	}
	if err := lengthRule("SetPhoneRequest.Phone", q.Phone, 200); err != nil {
		return nil, err
	}
	wish, vouches := q.Verification.(*zitadelproto.SetPhoneRequest_IsVerified)
	if vouches && !wish.IsVerified {
		return nil, models.Fail(models.Invalid, "invalid SetPhoneRequest.IsVerified: value must equal true")
	}
	phone, err := possession.ParseInternational(q.Phone, region)
	if err != nil {
		return nil, errNoPhone
	}
	if err := trusted(ctx, vouches || q.GetReturnCode() != nil); err != nil {
		return nil, err
	}
	v, err := z.user(ctx, q.UserId)
	if err != nil {
		return nil, err
	}
	code, err := z.code(ctx, v, phone)
	if err != nil {
		return nil, err
	}
	code.HandBack = q.GetReturnCode() != nil
	sent, err := z.Possession.Set(ctx, possession.SetNumber{SendCode: code, Vouched: vouches})
	if err != nil {
		return nil, err
	}
	return &zitadelproto.SetPhoneResponse{Details: userDetails(v, sent.Holder), VerificationCode: handedBack(sent)}, nil
}

// ResendPhoneCode sends the user's code again.
func (z userService) ResendPhoneCode(ctx context.Context, q *zitadelproto.ResendPhoneCodeRequest) (*zitadelproto.ResendPhoneCodeResponse, error) {
	if err := userRule("ResendPhoneCodeRequest", q.UserId); err != nil {
		return nil, err
	}
	if err := trusted(ctx, q.GetReturnCode() != nil); err != nil {
		return nil, err
	}
	v, err := z.user(ctx, q.UserId)
	if err != nil {
		return nil, err
	}
	code, err := z.code(ctx, v, models.Phone{})
	if err != nil {
		return nil, err
	}
	code.HandBack = q.GetReturnCode() != nil
	sent, err := z.Possession.Resend(ctx, code)
	if err != nil {
		return nil, err
	}
	return &zitadelproto.ResendPhoneCodeResponse{Details: userDetails(v, sent.Holder), VerificationCode: handedBack(sent)}, nil
}

// VerifyPhone takes the code that was sent to the user's number.
func (z userService) VerifyPhone(ctx context.Context, q *zitadelproto.VerifyPhoneRequest) (*zitadelproto.VerifyPhoneResponse, error) {
	if err := userRule("VerifyPhoneRequest", q.UserId); err != nil {
		return nil, err
	}
	if err := lengthRule("VerifyPhoneRequest.VerificationCode", q.VerificationCode, 20); err != nil {
		return nil, err
	}
	v, err := z.user(ctx, q.UserId)
	if err != nil {
		return nil, err
	}
	h, err := z.Possession.CheckPhone(ctx, possession.CheckCode{Who: v.Who, Policy: policy, Code: q.VerificationCode})
	if err != nil {
		return nil, err
	}
	return &zitadelproto.VerifyPhoneResponse{Details: userDetails(v, h)}, nil
}

// RemovePhone takes the user's number away.
func (z userService) RemovePhone(ctx context.Context, q *zitadelproto.RemovePhoneRequest) (*zitadelproto.RemovePhoneResponse, error) {
	if err := userRule("RemovePhoneRequest", q.UserId); err != nil {
		return nil, err
	}
	v, err := z.user(ctx, q.UserId)
	if err != nil {
		return nil, err
	}
	h, err := z.Possession.Remove(ctx, v.Who, models.Phone{})
	if err != nil {
		return nil, err
	}
	return &zitadelproto.RemovePhoneResponse{Details: userDetails(v, h)}, nil
}

// trusted refuses to people what would verify a number that is not theirs. They may not vouch for it themselves, nor
// get the code without the telephone.
func trusted(ctx context.Context, asked bool) error {
	if asked && access.DoorZITADELVouch.May(visitorOf(ctx).shows) == "" {
		return errNotPermitted
	}
	return nil
}

func userDetails(v visitor, h possession.Holder) *zitadelproto.Details {
	return &zitadelproto.Details{
		Sequence: uint64(h.Details.Sequence), ChangeDate: timestamp(h.Details.Last), ResourceOwner: v.BusinessID,
		CreationDate: timestamp(h.Details.First),
	}
}

func handedBack(sent possession.Sent) *string {
	if sent.Code == "" {
		return nil
	}
	return &sent.Code
}

func userRule(message, id string) error { return lengthRule(message+".UserId", id, 200) }

// lengthRule refuses a text that is empty or longer than so many characters, in the words of the far side.
func lengthRule(field, text string, most int) error {
	if n := utf8.RuneCountInString(text); n >= 1 && n <= most {
		return nil
	}
	return models.Fail(models.Invalid, "invalid "+field+": value length must be between 1 and "+strconv.Itoa(most)+" runes, inclusive")
}
