package circuitadmin_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

type snapshot struct {
	At       time.Time
	Controls bool
	Groups   []struct {
		Name                string
		Len, Cap            int
		Evicted, Overflowed uint64
	}
	Breakers []struct {
		Group, Key string
		circuit.Snapshot
	}
}

func take(t *testing.T, h http.Handler, query string) (s snapshot) {
	t.Helper()
	got := get(h, "/snapshot"+query)
	if got.code != http.StatusOK || got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("answers %d with %q: %s", got.code, got.header, got.body)
	}
	decoder := json.NewDecoder(strings.NewReader(got.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s snapshot) keys() (all []string) {
	for _, b := range s.Breakers {
		all = append(all, b.Group+"/"+b.Key)
	}
	return all
}

func TestSnapshot(t *testing.T) {
	orders, users := newGroup(t), newGroup(t, group.WithCap(1))
	calls(t, orders, "b", 2, circuit.Success)
	calls(t, orders, "a", 3, circuit.Failure)
	if err := orders.Get("b").(circuit.ModeSetter).SetMode(circuit.ForceOpen); err != nil {
		t.Fatal(err)
	}
	users.Get("a")
	users.Get("(overflow)")
	users.Get("\xff")
	admin := newAdmin(t, map[string]*group.Group{"users": users, "orders": orders}, circuitadmin.WithAuthorizer(ann))
	s := take(t, admin, "")
	if !s.Controls || time.Since(s.At) > time.Minute {
		t.Errorf("controls is %t, at %v", s.Controls, s.At)
	}
	if g := s.Groups; len(g) != 2 || g[0].Name != "orders" || g[0].Len != 2 || g[0].Cap != 10000 || g[1].Evicted != 1 || g[1].Overflowed != 1 {
		t.Errorf("groups are %+v", s.Groups)
	}
	if b := s.Breakers[1]; b.Engine != "hystrix" || b.State != circuit.Open || b.Mode != circuit.ForceOpen || b.Total.Successes != 2 {
		t.Errorf("orders/b is %+v", b)
	}
	for query, want := range map[string]string{
		"":                                  `orders/a orders/b users/"\xff" users/(overflow)`,
		"?group=orders":                     "orders/a orders/b",
		"?key=a":                            "orders/a",
		"?state=open":                       "orders/b",
		"?state=closed&group=users":         `users/"\xff" users/(overflow)`,
		"?group=nobody":                     "",
		"?key=":                             "",
		"?key=" + url.QueryEscape(`"\xff"`): `users/"\xff"`,
	} {
		if got := take(t, admin, query).keys(); strings.Join(got, " ") != want {
			t.Errorf("%s shows %q, want %q", query, got, want)
		}
	}
	if got := get(admin, "/snapshot?group=nobody").body; !strings.Contains(got, `"groups":[],"breakers":[]`) {
		t.Errorf("without any the answer is %s", got)
	}
	got := get(admin, "/snapshot?state=ajar")
	if got.code != http.StatusBadRequest || !strings.Contains(got.body, `"field":"state","value":"ajar","want":"must be closed, half-open or open"`) {
		t.Errorf("an unknown state answers %d %s", got.code, got.body)
	}
}

// With the first look, calls in flight begin to be counted, also of breakers made later.
func TestSnapshotCountsInFlight(t *testing.T) {
	g := newGroup(t)
	g.Get("a")
	admin := newAdmin(t, one(g))
	take(t, admin, "")
	for _, key := range []string{"a", "b"} {
		if _, err := circuit.Acquire(g.Get(key)); err != nil {
			t.Fatal(err)
		}
	}
	var got []uint64
	for _, b := range take(t, admin, "").Breakers {
		got = append(got, b.InFlight)
	}
	if !slices.Equal(got, []uint64{1, 1}) {
		t.Errorf("in flight are %v, want 1 of each", got)
	}
}
