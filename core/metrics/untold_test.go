package metrics_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/metrics"
)

// mute knows the contract alone; teller shows itself, and can't count.
type (
	mute   struct{ circuit.Breaker }
	teller struct{ mute }
)

func (teller) Snapshot() circuit.Snapshot {
	return circuit.Snapshot{
		State: circuit.HalfOpen, Mode: circuit.Mode(99), DropRatio: 0.25,
		Total: circuit.Counts{Failures: 2, Overloads: 3}, // not so of ours
	}
}

func TestWhatIsNotToldIsNotShown(t *testing.T) {
	g := group.New(func(key string) circuit.Breaker {
		switch key {
		case "mute":
			return mute{brittle(key)}
		case "teller":
			return teller{mute{brittle(key)}}
		case "disabled":
			return circuit.Disabled{}
		case "disabled, wrapped":
			return circuit.MarksRefusals(circuit.Disabled{})
		case "wrapped":
			return circuit.MarksRefusals(brittle(key))
		}
		return nil
	})
	defer metrics.CountAdmissions(g)()
	for _, key := range []string{"mute", "teller", "disabled", "disabled, wrapped", "nil", "wrapped"} {
		call(t, g.Get(key), circuit.Success)
	}
	all := read(t, g)
	if len(all) != 2 {
		t.Errorf("%d keys are shown, want two", len(all))
	}
	all["wrapped"].wants(t, "wrapped", fresh().but(series{"call.admitted": 1, "call.finished{success}": 1}))
	all["teller"].wants(t, "teller", fresh().but(series{
		"state{closed}": 0, "state{half-open}": 1, "mode{auto}": 0, "drop_ratio": 0.25,
		"call.finished{failure}": 0, "call.finished{overload}": 3,
		"call.admitted": math.NaN(), "call.in_flight": math.NaN(),
	}))
	if got := metrics.Group(g)[0]; got != 6 {
		t.Errorf("the group holds %v keys, want all 6", got)
	}
}

// From CountAdmissions on, a breaker counts before its first caller has it. One that was
// there already has its calls counted from then on.
func TestCountAdmissions(t *testing.T) {
	g := group.New(brittle)
	early := g.Get("early")
	call(t, early, circuit.Success)
	stop := metrics.CountAdmissions(g)
	call(t, early, circuit.Success)
	call(t, g.Get("late"), circuit.Success)
	stop()
	call(t, early, circuit.Success)
	call(t, g.Get("later"), circuit.Success)
	for key, want := range map[string]float64{"early": 2, "late": 1, "later": 0} {
		if got := read(t, g)[key]["call.admitted"]; got != want {
			t.Errorf("%s: %v calls were admitted, want %v", key, got, want)
		}
	}
}

// Exporters refuse what isn't UTF-8, all values of all keys with it: so one such key, which
// may come from outside, would blind them.
func TestEveryKeyCanBeShownAndNoneLooksLikeAnother(t *testing.T) {
	keys := []string{"", "plain", "größe", "\xff", "\xfe", `"\xff"`, `\xff`, `"`, `"\""`, "a\xff", "\ufffd", `"` + "\ufffd", "\n"}
	g := group.New(brittle)
	for _, key := range keys {
		g.Get(key)
	}
	if all := read(t, g); len(all) != len(keys) {
		t.Errorf("%d keys are shown, want %d", len(all), len(keys))
	}
	for _, key := range []string{"", "plain", "größe", `\xff`, "\ufffd", "\n"} {
		if got := metrics.Printable(key); got != key {
			t.Errorf("%q is shown as %q", key, got)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("plain")
	f.Add("\xff")
	f.Add(`"\xff"`)
	f.Fuzz(func(t *testing.T, key string) {
		shown := metrics.Printable(key)
		if back, err := strconv.Unquote(shown); shown != key && (err != nil || back != key) {
			t.Errorf("%q is shown as %q, which is %q, %v", key, shown, back, err)
		}
		if shown == key && len(key) > 0 && key[0] == '"' {
			t.Errorf("%q is shown as it is, and may be another key that was quoted", key)
		}
	})
}
