package group

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"
)

// hashes are ways for keys to meet: each makes a hash of a key's number.
var hashes = map[string]func(i int) uint64{
	"all equal":               func(int) uint64 { return 77 },
	"at the end of the array": func(i int) uint64 { return math.MaxUint64 - uint64(i%3) },
	"eight apart":             func(i int) uint64 { return uint64(8 * (i % 5)) },
	"equal in the lower half": func(i int) uint64 { return uint64(i)<<32 | 5 },
	"spread":                  func(i int) uint64 { return uint64(i) * 0x9e3779b97f4a7c15 },
}

// keyOf is short or long.
func keyOf(i int) string {
	if i%3 == 0 {
		return "key of so many bytes that it has no room in a node " + strconv.Itoa(i)
	}
	return "key " + strconv.Itoa(i)
}

func numbered(i int, hash uint64) *node { return newEntry(keyOf(i), hash).node }

// holds compares the table with what it should hold, and checks that no slot is
// taken for nothing.
func (t *table) holds(model map[int]*node) error {
	slots := *t.slots.Load()
	nodes, marks := 0, 0
	for i := range slots {
		switch n := slots[i].Load(); n {
		case nil:
			if slots[(i+len(slots)-1)%len(slots)].Load() == gone {
				return fmt.Errorf("the mark before the empty slot %d was left", i)
			}
		case gone:
			marks++
		default:
			nodes++
		}
	}
	switch {
	case nodes != len(model) || t.live != nodes || t.taken != nodes+marks:
		return fmt.Errorf("%d nodes and %d marks, counted as %d and %d in all, want %d nodes", nodes, marks, t.live, t.taken, len(model))
	case len(slots)&(len(slots)-1) != 0 || fullest*t.taken > len(slots):
		return fmt.Errorf("%d of %d slots are taken", t.taken, len(slots))
	}
	for _, n := range model {
		if t.find(n.entry.hash, n.entry.key) != n {
			return fmt.Errorf("%q is not found", n.entry.key)
		}
	}
	return nil
}

func TestTableAgainstModel(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				src := rand.New(rand.NewPCG(seed, 5))
				keys := 1 + src.IntN(60)
				table, model := new(table), map[int]*node{}
				table.init()
				for range 400 {
					i := src.IntN(keys)
					n := model[i]
					switch {
					case n == nil && table.find(hash(i), keyOf(i)) != nil:
						t.Fatalf("key %d is found, and isn't there", i)
					case n == nil:
						model[i] = numbered(i, hash(i))
						table.put(model[i])
					case src.IntN(20) == 0:
						table.rebuild()
					default:
						table.remove(n)
						delete(model, i)
					}
					if err := table.holds(model); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// Readers take no lock. However the table changes around a key that stays, they
// find it at the first try: while others come and go in the slots before it, and
// while the table grows, shrinks and loses its marks.
func TestReadersFindWhatStays(t *testing.T) {
	const staying, passing, readers, rounds, steps = 12, 120, 2, 15, 3000
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			for round := range uint64(rounds) {
				src := rand.New(rand.NewPCG(round, 7))
				var table table
				table.init()
				pass := make([]*node, passing)
				for i := range pass {
					pass[i] = numbered(staying+i, hash(staying+i))
				}
				in := make([]bool, passing)
				turn := func(i int) { // in or out
					if in[i] = !in[i]; in[i] {
						table.put(pass[i])
					} else {
						table.remove(pass[i])
					}
				}
				stay := make([]*node, staying)
				for i := range stay { // each behind some that pass
					turn(i)
					stay[i] = numbered(i, hash(i))
					table.put(stay[i])
				}
				var done atomic.Bool
				var wg sync.WaitGroup
				for r := range readers {
					wg.Go(func() {
						for i := r; !done.Load(); i++ {
							n := stay[i%staying]
							if got := table.find(n.entry.hash, n.entry.key); got != n {
								t.Errorf("%q, which stays, is found as %p, want %p", n.entry.key, got, n)
								return
							}
							n = pass[i%passing]
							if got := table.find(n.entry.hash, n.entry.key); got != nil && got != n {
								t.Errorf("%q is found as another node", n.entry.key)
								return
							}
						}
					})
				}
				for step := range steps {
					turn(src.IntN(1 + step*passing/steps)) // more and more
					if step%100 == 0 {
						table.rebuild()
					}
				}
				for i := range pass {
					if in[i] {
						turn(i)
					}
				}
				table.rebuild() // small again
				done.Store(true)
				wg.Wait()
				if t.Failed() {
					return
				}
			}
		})
	}
}

func TestMarkIsNoKeys(t *testing.T) {
	var table table
	table.init()
	before, behind := numbered(0, 0), numbered(1, 0)
	table.put(before)
	table.put(behind)
	table.remove(before)
	for _, key := range []string{"", keyOf(0), string(make([]byte, 35)), string(make([]byte, 36)), string(make([]byte, MaxKeyLen))} {
		if n := table.find(0, key); n != nil {
			t.Errorf("%q is found where a node was removed", key)
		}
	}
	if table.find(0, keyOf(1)) != behind {
		t.Error("the node behind the mark is lost")
	}
}

func TestNodeTakesUpOneCacheLine(t *testing.T) {
	const line = 64
	if size := unsafe.Sizeof(node{}); size > line || unsafe.Sizeof(uintptr(0)) == 8 && size != line {
		t.Errorf("a node has %d bytes, want %d", size, line)
	}
}

// Somebody may send keys of megabytes, which are not kept.
func TestHashReadsNoMoreThanAKeyThatIsKept(t *testing.T) {
	g := New(nil)
	longest := string(make([]byte, MaxKeyLen))
	if g.hash(longest+"a") != g.hash(longest) || g.hash(longest) == g.hash(longest[1:]) {
		t.Error("the hash is not that of the first MaxKeyLen bytes")
	}
}
