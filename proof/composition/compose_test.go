package composition_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
)

// run plays the nesting and the history that data decides, and returns what is wrong.
func run(t *testing.T, data []byte, f fault, n tally) (broken []string) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		w := &world{tape: &tape{rest: data}, fault: f, ctx: ctx, over: make(chan struct{})}
		before := left()
		w.build()
		w.play()
		w.close()
		w.recover()
		cancel()
		synctest.Wait()
		w.wants(left() == before, "%d goroutines are left", left()-before)
		close(w.over)
		broken = w.broken
		n.take(w)
	})
	return broken
}

// left is the number of goroutines in the bubble.
func left() int {
	stacks := make([]byte, 1<<17)
	stacks = stacks[:runtime.Stack(stacks, true)]
	header, _, _ := strings.Cut(string(stacks), "\n")
	_, bubble, _ := strings.Cut(header, "synctest bubble ")
	return strings.Count(string(stacks), "synctest bubble "+bubble)
}

// randomTape is the one of that number.
func randomTape(seed uint64) []byte {
	src := rand.New(rand.NewPCG(seed, 6))
	data := make([]byte, 20+src.IntN(400))
	for i := range data {
		data[i] = byte(src.Uint32())
	}
	return data
}

var (
	seed = flag.Uint64("seed", 0, "number of the first random tape")
	long = flag.Uint64("long", 1, "how many times as many tapes to play; 0 for one alone")
)

func TestComposition(t *testing.T) {
	var all together
	tapes := max(1, 2000*(*long))
	t.Run("tapes", func(t *testing.T) {
		const shards = 4
		for shard := range uint64(shards) {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				n := tally{}
				for i := shard; i < tapes; i += shards {
					if broken := run(t, randomTape(*seed+i), fault{}, n); len(broken) > 0 {
						t.Fatalf("tape %d:\n%s", *seed+i, strings.Join(broken, "\n"))
					}
				}
				all.add(n)
			})
		}
	})
	if tapes >= 2000 && !t.Failed() {
		all.wantEach(t)
	}
}

func FuzzComposition(f *testing.F) {
	for tape := range uint64(30) {
		f.Add(randomTape(1e6 + tape))
	}
	f.Add([]byte{}) // one Do, and no history
	f.Add(make([]byte, 300))
	f.Add(bytes.Repeat([]byte{0xff}, 300))
	f.Fuzz(func(t *testing.T, data []byte) {
		if broken := run(t, data, fault{}, tally{}); len(broken) > 0 {
			t.Errorf("%s", strings.Join(broken, "\n"))
		}
	})
}
