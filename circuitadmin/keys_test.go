package circuitadmin_test

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

var keys = []string{
	"", "GET /items", "plain", `quo"te`, `back\slash`, "new\nline\r", "\x00\x1f\x7f", "data: x\n\nevent: tick",
	"<script>alert(1)</script>", "&amp;", "日本語", "\u2028\u2029", "\U0001f600", "\xff", "a\xffb", "\xed\xa0\x80", `"a\xffb"`,
	strings.Repeat("\x01", group.MaxKeyLen), strings.Repeat("\xff", group.MaxKeyLen), "(overflow)",
}

// A key that any bytes make up must neither break the stream nor be out of reach.
func TestAnyKeyIsShownAndFoundAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		for _, key := range keys {
			g.Get(key)
		}
		changed := ""
		admin := newAdmin(t, one(g), circuitadmin.WithAuthorizer(ann), circuitadmin.WithAudit(func(c circuitadmin.Change) { changed = c.Key }))
		s := look(admin, "/stream")
		defer s.leave()
		shown := map[string]bool{}
		for _, fresh := range s.last(t).New {
			shown[fresh[2].(string)] = true
		}
		for _, key := range keys {
			wire := key
			if !utf8.ValidString(key) {
				wire = strconv.Quote(key)
			}
			if !shown[wire] {
				t.Errorf("%q is not shown as %q", key, wire)
			}
			if key == "a\xffb" {
				continue // there is one that looks like this one's literal
			}
			body, err := json.Marshal(map[string]string{"group": "orders", "key": wire, "mode": "observe"})
			if err != nil {
				t.Fatal(err)
			}
			if status, got := post(admin, string(body)); status != http.StatusOK || changed != key {
				t.Errorf("%q answers %d %v, and %q was changed", wire, status, got, changed)
			}
		}
		if g.Len() != len(keys)-1 {
			t.Errorf("the group has %d keys, want %d", g.Len(), len(keys)-1)
		}
	})
}

func FuzzKey(f *testing.F) {
	for _, key := range keys {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		synctest.Test(t, func(t *testing.T) {
			g := newGroup(t)
			g.Get(key)
			admin := newAdmin(t, one(g), circuitadmin.WithAuthorizer(ann))
			stream, dashboard := look(admin, "/stream"), look(admin, "/hystrix.stream")
			defer stream.leave()
			defer dashboard.leave()
			if n := len(commands(t, dashboard.text())); n != 1 {
				t.Fatalf("there are %d commands", n)
			}
			fresh := stream.last(t).New
			if len(fresh) != 1 {
				t.Fatalf("new is %v", fresh)
			}
			body, err := json.Marshal(map[string]any{"group": "orders", "key": fresh[0][2], "mode": "observe"})
			if err != nil {
				t.Fatal(err)
			}
			if status, got := post(admin, string(body)); status != http.StatusOK {
				t.Errorf("%q answers %d %v", fresh[0][2], status, got)
			}
		})
	})
}

// foreign is a breaker of somebody else.
type foreign struct {
	circuit.Breaker
	snapshot func() circuit.Snapshot
}

func (f foreign) Snapshot() circuit.Snapshot { return f.snapshot() }

// bare is one that doesn't report.
type bare struct{ circuit.Breaker }

// What a foreign breaker says must not break the page of all others, nor the process.
func TestForeignBreakers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		odd := circuit.Snapshot{State: 9, Mode: 9, BaseMode: 9, DropRatio: math.NaN(), Deficit: math.Inf(1), Credit: math.Inf(-1), Engine: "\xff"}
		var successes atomic.Uint64
		successes.Store(math.MaxUint64)
		panics := false // not when it is made, when the group asks, too
		g := group.New(func(key string) circuit.Breaker {
			switch key {
			case "panics":
				return foreign{circuit.Disabled{}, func() circuit.Snapshot {
					if panics {
						panic("no")
					}
					return circuit.Snapshot{}
				}}
			case "odd":
				return foreign{circuit.Disabled{}, func() circuit.Snapshot { return odd }}
			case "below", "above":
				return foreign{circuit.Disabled{}, func() circuit.Snapshot {
					return circuit.Snapshot{DropRatio: map[string]float64{"below": -0.5, "above": 1.5}[key]}
				}}
			case "odd time":
				return foreign{circuit.Disabled{}, func() circuit.Snapshot {
					return circuit.Snapshot{Since: time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC)}
				}}
			case "begins anew":
				return foreign{circuit.Disabled{}, func() circuit.Snapshot {
					return circuit.Snapshot{Total: circuit.Counts{Successes: successes.Load()}}
				}}
			case "bare":
				return bare{circuit.Disabled{}}
			}
			return nil // Disabled, which reports nothing but zeros
		})
		for _, key := range []string{"panics", "odd", "odd time", "begins anew", "bare", "unguarded", "below", "above"} {
			g.Get(key)
		}
		panics = true
		s := look(newAdmin(t, one(g)), "/stream")
		defer s.leave()
		var shown []string
		for _, fresh := range s.last(t).New {
			shown = append(shown, fresh[2].(string))
		}
		if got, want := strings.Join(shown, ", "), "above, begins anew, below, odd, odd time, unguarded"; got != want {
			t.Errorf("shown are %s, want %s", got, want)
		}
		for i, want := range []float64{1, 0, 0, 0} { // above, begins anew, below, odd
			if got := s.last(t).Rows[i][dropRatio]; got != want {
				t.Errorf("the drop ratio of %s is %v, want %v", shown[i], got, want)
			}
		}
		successes.Store(3)
		time.Sleep(1500 * time.Millisecond)
		if got := s.last(t); len(got.Rows) != 1 || got.Rows[0][ok] != 3 || len(got.New)+len(got.Gone) != 0 {
			t.Errorf("after one began anew the tick is %+v", got)
		}
		if got := get(newAdmin(t, one(g)), "/snapshot"); got.code != http.StatusOK || strings.Count(got.body, `"key"`) != 5 {
			t.Errorf("the snapshot is %d %s, want 5 breakers", got.code, got.body)
		}
	})
}
