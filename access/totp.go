package access

import "context"

// OfferTOTP makes a secret for an authenticator program, as text and as an otpauth URI. It counts once AcceptTOTP has
// seen a code of it; another offer replaces it. Conflict when the visitor has a second factor already.
func (u *Users) OfferTOTP(ctx context.Context, v Visitor) (secret, uri string, err error) {
	return "", "", errUnbuilt
}

// AcceptTOTP makes the offered secret the visitor's second factor and gives ten recovery codes, each of which stands in
// for a code once. They are kept nowhere: show them once. A wrong code is Invalid.
func (u *Users) AcceptTOTP(ctx context.Context, v Visitor, code string) (recovery []string, err error) {
	return nil, errUnbuilt
}

// DropTOTP takes the visitor's second factor away. A wrong password is Unauthorized and counted as at sign-in.
func (u *Users) DropTOTP(ctx context.Context, v Visitor, password string) error { return errUnbuilt }
