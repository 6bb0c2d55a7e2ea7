package models

// ChainKey keys the links of chains. Somebody who can write to the database but has no key cannot make a link.
type ChainKey interface {
	ID() []byte                             // four bytes that name the key
	Sum(chain string, data []byte) [32]byte // HMAC-SHA256 over the chain's name and the data
}

// ChainKeys are the keys of the chains: one for new links, all for reading. The keyring has them.
type ChainKeys interface {
	ChainKey() ChainKey
	ChainKeyOf(id []byte) (key ChainKey, ok bool) // ok is false when no key has the id

	// ChainStart is where the chain of one owner begins: 32 bytes that nobody can tell without the keys.
	ChainStart(chain, owner string) []byte
}
