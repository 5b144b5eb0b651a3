package composition_test

import "time"

const ms = time.Millisecond

// tape decides a nesting and a history, one byte for each decision. After its end every
// decision is the first choice.
type tape struct{ rest []byte }

func (t *tape) over() bool { return len(t.rest) == 0 }

// below is a number from 0 to n-1.
func (t *tape) below(n int) int {
	if t.over() {
		return 0
	}
	b := t.rest[0]
	t.rest = t.rest[1:]
	return int(b) % n
}

// oneIn is true for one byte in n.
func (t *tape) oneIn(n int) bool { return t.below(n) == n-1 }

func oneOf[T any](t *tape, all ...T) T { return all[t.below(len(all))] }
