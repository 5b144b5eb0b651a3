package engines_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// hang is a callee that answers for 10 s, and then no more.
var hang = sim.Scenario{
	Duration: 20 * time.Second,
	Backend:  sim.Backend{Latency: 20 * time.Millisecond},
	Traffic:  sim.Traffic{Clients: 3, Rate: 300, Deadline: time.Second},
	Phases: []sim.Phase{
		{Rate: 1, Capacity: 1},
		{At: 10 * time.Second, Rate: 1, Capacity: 1, Hang: true},
	},
}

func TestLimited(t *testing.T) {
	var names []string
	for _, e := range engines.Limited() {
		names = append(names, e.Name)
		t.Run(e.Name, func(t *testing.T) {
			if ours := strings.HasPrefix(e.About, "core/"); e.Ours != ours || !e.Told {
				t.Errorf("Ours is %v, Told is %v, of %s", e.Ours, e.Told, e.About)
			}
			r := run(t, e, hang, 1)
			if healthy := r.Sum(0, 10*time.Second); healthy.Refused != 0 {
				t.Errorf("while healthy, with 2 calls in flight: %+v, want nothing refused", healthy)
			}
			// Of the 100 calls that each client makes in a second, those that find a place get through.
			most := 3 * 10 * 10
			if strings.HasSuffix(e.Name, "adaptive") {
				most = 3 * 31 * 10 // the limit rose from 20 by one in a second
			}
			if down := r.Sum(10*time.Second, 20*time.Second); down.Reached > most {
				t.Errorf("%d calls reached the callee that hangs, want %d at most", down.Reached, most)
			}
			if !reflect.DeepEqual(r, run(t, e, hang, 1)) {
				t.Error("the same seed gives another run")
			}
		})
	}
	if !slices.Equal(names, engines.LimitedNames()) {
		t.Errorf("Limited has %q, LimitedNames has %q", names, engines.LimitedNames())
	}
	for _, name := range names {
		if slices.Contains(engines.Names(), name) {
			t.Errorf("%s would be in every table", name)
		}
	}
}

// Each client has a limit of its own, and the settings reach it.
func TestLimitBinds(t *testing.T) {
	for settings, want := range map[string]int{`{"max":1}`: 3 * 1 * 10, `{"max":7}`: 3 * 7 * 10} {
		e, err := engines.New("bulkhead", json.RawMessage(settings))
		if err != nil {
			t.Fatal(err)
		}
		// Places are free again after each second, and soon taken; the first are by calls from before.
		if got := run(t, e, hang, 1).Sum(10*time.Second, 20*time.Second).Reached; got < want*9/10 || got > want {
			t.Errorf("with %s, %d calls reached the callee that hangs, want about %d", settings, got, want)
		}
	}
}
