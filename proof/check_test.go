package proof_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/go-fusebox/fusebox/core/circuit"
)

var (
	long = flag.Int("long", 1, "`times` the work")
	seed = flag.Uint64("seed", 1, "of the first history")
)

// configs is how many settings a history changes between. It begins with the first.
const configs = 3

// updater is a breaker of any engine, whose settings are a C.
type updater[C any] interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.ModeSetter
	circuit.Observable
	circuit.AdmissionCounter
	Update(C) error
}

// driven makes a breaker a subject.
type driven[C any] struct {
	updater[C]
	configs *[configs]C
}

func (d *driven[C]) Change(i int) {
	if err := d.Update(d.configs[i]); err != nil {
		panic(err)
	}
}

// kind is what histories of one engine need.
type kind struct {
	name   string
	script script
	// deal draws settings, and makes a breaker with them, or gives them to an old one.
	deal func(src *rand.Rand, old subject) (subject, dealt)
}

// dealt is what to check a history by.
type dealt struct {
	configs any
	model   func(ledger) porcupine.Model
}

func kindOf[C any, B updater[C]](name string, s script, draw func(*rand.Rand) C, create func(C) (B, error),
	model func(*[configs]C, ledger) porcupine.Model,
) kind {
	return kind{name, s, func(src *rand.Rand, old subject) (subject, dealt) {
		var drawn [configs]C
		for i := range drawn {
			drawn[i] = draw(src)
		}
		d, ok := old.(*driven[C])
		if !ok {
			d = &driven[C]{updater: must(create(drawn[0]))}
		}
		d.configs = &drawn
		d.Change(0)
		return d, dealt{drawn, func(l ledger) porcupine.Model { return model(&drawn, l) }}
	}}
}

// history is what was recorded.
type history struct {
	seed   uint64
	dealt  dealt
	model  porcupine.Model
	ops    []porcupine.Operation
	rounds []int
}

// wrap is put around the breaker: nil, or what makes it wrong.
type wrap func(subject) subject

// record plays n histories: each with a breaker of its own, or all with a hot one,
// whose counters are spread.
func (k kind) record(t *testing.T, first uint64, n int, hot bool, w wrap) (hs []history) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var used subject
		made := time.Now()
		if hot {
			used, _ = k.deal(rand.New(rand.NewPCG(first, 0)), nil)
			heat(t, used)
			used.CountAdmissions() // all of them, from the start
		}
		for i := range uint64(n) {
			h := history{seed: first + i}
			src := rand.New(rand.NewPCG(h.seed, 1))
			if !hot {
				made = time.Now()
			}
			var b subject
			b, h.dealt = k.deal(src, used)
			if hot { // afresh
				b.Release()
				_ = b.SetMode(circuit.ForceClose)
				_ = b.SetMode(circuit.Auto)
			}
			now := b.Snapshot()
			h.model = h.dealt.model(begun(time.Since(made), now, now.Since.Sub(made), hot))
			if w != nil {
				b = w(b)
			}
			p := &player{script: k.script, src: src, breaker: b, made: made}
			p.play()
			h.ops, h.rounds = p.ops, p.rounds
			hs = append(hs, h)
		}
	})
	return hs
}

// patience is how long the checker may take for one history, which has milliseconds.
const patience = 20 * time.Second

func (h history) check(ops []porcupine.Operation) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(h.model, ops, patience)
}

// verify fails for each history that no order explains, up to a few.
func verify(t *testing.T, hs []history) (overlaps int) {
	t.Helper()
	failed := 0
	for _, h := range hs {
		overlaps += h.overlaps()
		switch h.check(h.ops) {
		case porcupine.Ok:
			continue
		case porcupine.Unknown:
			t.Errorf("seed %d: not decided in %v", h.seed, patience)
		default:
			t.Errorf("%s", h.counterexample())
		}
		if failed++; failed == 3 {
			t.FailNow()
		}
	}
	return overlaps
}

// overlaps counts the operations that began before the one called before them had ended.
func (h history) overlaps() (n int) {
	ops := slices.SortedFunc(slices.Values(h.ops), func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	for i := 1; i < len(ops); i++ {
		if ops[i].Call < ops[i-1].Return {
			n++
		}
	}
	return n
}

// counterexample is the history up to the end of the round that nothing explains, and
// the longest order that explains a part of it.
func (h history) counterexample() string {
	ops := h.ops
	for _, n := range h.rounds {
		if h.check(h.ops[:n]) == porcupine.Illegal {
			ops = h.ops[:n]
			break
		}
	}
	var s strings.Builder
	fmt.Fprintf(&s, "seed %d: no order of these operations explains their answers\n", h.seed)
	fmt.Fprintf(&s, "configs %+v\n", h.dealt.configs)
	fmt.Fprintf(&s, "began at %s\n\n", brief(h.model.Init()))
	for _, o := range slices.SortedFunc(slices.Values(ops), func(a, b porcupine.Operation) int { return int(a.Call - b.Call) }) {
		fmt.Fprintf(&s, "%4d–%-4d %s%s\n", o.Call, o.Return, strings.Repeat("        ", o.ClientId), describe(o.Input, o.Output))
	}
	_, info := porcupine.CheckOperationsVerbose(h.model, ops, patience)
	var most []porcupine.Operation
	for _, p := range info.PartialLinearizationsOperations() {
		for _, order := range p {
			if len(order) > len(most) {
				most = order
			}
		}
	}
	fmt.Fprintf(&s, "\nthe longest order that can be had, of %d:\n", len(ops))
	state := h.model.Init()
	for _, o := range most {
		fmt.Fprintf(&s, "    %s\n", describe(o.Input, o.Output))
		_, state = h.model.Step(state, o.Input, o.Output)
	}
	fmt.Fprintf(&s, "which leads to %s\n", brief(state))
	return s.String()
}

var empty = regexp.MustCompile(`(\{permit:0 at:0s?\} ?)+|( 0){8,}`)

// brief leaves out what no operation has used.
func brief(state any) string { return empty.ReplaceAllString(fmt.Sprintf("%+v", state), "") }
