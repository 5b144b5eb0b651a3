package engine

// A token is the generation of a permit, and above it the id that the law gave it.

const (
	genBits = 24
	genMask = 1<<genBits - 1

	// counted is the bit of a generation that tells permits which were counted as
	// admitted from those of before; what is below it is the generation's number.
	counted = 1 << (genBits - 1)
	lastGen = counted - 1

	// anonymous stands for the token of a call that has none.
	anonymous = 1<<64 - 1
)

func newToken(gen, id uint32) uint64 { return uint64(id)<<genBits | uint64(gen) }

func parts(token uint64) (gen, id uint32) { return uint32(token & genMask), uint32(token >> genBits) }

// Generation is that of a token; 0, which no state has, for a call that would have been
// refused.
func Generation(token uint64) uint32 { return uint32(token & lastGen) }
