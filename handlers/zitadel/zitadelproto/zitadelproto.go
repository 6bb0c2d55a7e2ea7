// Package zitadelproto answers: what do ZITADEL's messages about telephone numbers look like on the wire?
//
// The files under zitadel/ are ours. They have the far side's packages, names and numbers, and of its services only the
// calls that are served here. `make proto` makes everything else in this folder.
package zitadelproto
