package access

// TOTPAt lets tests be an authenticator program.
var TOTPAt = totpAt
