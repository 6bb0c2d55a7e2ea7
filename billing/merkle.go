package billing

import (
	"crypto/sha256"
	"errors"
	"math/bits"
)

// Merkle trees as in RFC 6962: a leaf is hashed behind a zero byte, a node behind a one, and a tree of n leaves is split at the largest
// power of two below n.

type hash = [sha256.Size]byte

func leafHash(data []byte) hash { return sha256.Sum256(append([]byte{0}, data...)) }

func nodeHash(left, right hash) hash {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// tree takes leaves one after the other, and keeps a hash for each full subtree only.
type tree struct {
	size int64
	full []hash // of the full subtrees, the largest first
}

func (t *tree) add(leaf hash) {
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.full) - 1
		leaf, t.full = nodeHash(t.full[last], leaf), t.full[:last]
	}
	t.full = append(t.full, leaf)
	t.size++
}

func (t *tree) root() hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	root := t.full[len(t.full)-1]
	for i := len(t.full) - 2; i >= 0; i-- {
		root = nodeHash(t.full[i], root)
	}
	return root
}

// split is where a tree of more than one leaf is split.
func split(size int64) int64 { return 1 << (bits.Len64(uint64(size-1)) - 1) }

// pathOf gives the hashes that lead from a leaf to the root, the lowest first. root gives that of the leaves from one up to another.
func pathOf(index, size int64, root func(from, to int64) (hash, error)) (path []hash, err error) {
	for from, to := int64(0), size; to-from > 1; {
		middle := from + split(to-from)
		other := [2]int64{middle, to}
		if index >= middle {
			other, from = [2]int64{from, middle}, middle
		} else {
			to = middle
		}
		h, err := root(other[0], other[1])
		if err != nil {
			return nil, err
		}
		path = append([]hash{h}, path...)
	}
	return path, nil
}

var errPath = errors.New("the path does not lead from the leaf to the root")

// climb follows a path from a leaf to the root of its tree.
func climb(leaf hash, index, size int64, path []hash) (hash, error) {
	if index < 0 || index >= size {
		return leaf, errPath
	}
	last := size - 1
	for _, other := range path {
		switch {
		case last == 0:
			return leaf, errPath
		case index&1 == 1 || index == last:
			leaf = nodeHash(other, leaf)
			for index&1 == 0 {
				index, last = index>>1, last>>1
			}
		default:
			leaf = nodeHash(leaf, other)
		}
		index, last = index>>1, last>>1
	}
	if last != 0 {
		return leaf, errPath
	}
	return leaf, nil
}

func joined(path []hash) []byte {
	all := make([]byte, 0, len(path)*sha256.Size)
	for _, h := range path {
		all = append(all, h[:]...)
	}
	return all
}

func parted(path []byte) (all []hash) {
	for ; len(path) >= sha256.Size; path = path[sha256.Size:] {
		all = append(all, hash(path[:sha256.Size]))
	}
	return all
}
