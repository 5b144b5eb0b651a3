package circuitadmin_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// page is what a page makes of the ticks.
type page struct {
	names  map[float64][]any     // as in new, by id
	stands map[float64][]float64 // the columns before the counts, by id
	sums   map[string][5]float64 // of all ticks but the first, by key
}

// read adds up ticks, and fails on what a page could make nothing of.
func read(t *testing.T, all []tick) page {
	t.Helper()
	p := page{map[float64][]any{}, map[float64][]float64{}, map[string][5]float64{}}
	last := 0.0
	for n, tick := range all {
		for _, gone := range tick.Gone {
			if p.names[gone] == nil {
				t.Errorf("tick %d: %v is gone, which was not there", n, gone)
			}
			delete(p.names, gone)
			delete(p.stands, gone)
		}
		for _, fresh := range tick.New {
			if fresh[id].(float64) <= last {
				t.Errorf("tick %d: %v is new after %v", n, fresh[id], last)
			}
			last = fresh[id].(float64)
			p.names[last] = fresh
		}
		for _, row := range tick.Rows {
			name := p.names[row[id]]
			if name == nil {
				t.Fatalf("tick %d: row %v was never new", n, row)
			}
			p.stands[row[id]] = row[:ok]
			if n > 0 {
				sum := p.sums[name[2].(string)]
				for kind := range sum {
					sum[kind] += row[ok+kind]
				}
				p.sums[name[2].(string)] = sum
			}
		}
		if len(p.names) != len(p.stands) {
			t.Errorf("tick %d: %d breakers are named, %d have rows", n, len(p.names), len(p.stands))
		}
	}
	return p
}

// Under traffic, with keys that come and go and modes that change, all ticks together
// must say what happened, and a newcomer's first what the others have added up.
func TestTicksAddUp(t *testing.T) {
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) { addUp(t, seed) })
	}
}

func addUp(t *testing.T, seed uint64) {
	orders, users := newGroup(t, group.WithCap(20)), newGroup(t)
	admin := newAdmin(t, map[string]*group.Group{"orders": orders, "users": users})
	early := look(admin, "/stream")
	defer early.leave()

	var mu sync.Mutex
	want := map[string][5]float64{} // by key, of users, where none is removed
	var traffic sync.WaitGroup
	for worker := range uint64(4) {
		traffic.Go(func() {
			dice := rand.New(rand.NewPCG(seed, worker))
			for range 2000 {
				time.Sleep(time.Duration(dice.IntN(20_000)) * time.Microsecond)
				key, o := fmt.Sprint("user ", dice.IntN(8)), circuit.Outcome(dice.IntN(3))
				permit, err := circuit.Acquire(users.Get(key))
				mu.Lock()
				sum := want[key]
				if err != nil {
					sum[3]++
				} else {
					sum[o]++
				}
				want[key] = sum
				mu.Unlock()
				permit.Done(o)
				switch dice.IntN(10) {
				case 0:
					mode := circuit.Mode(dice.IntN(2)) * circuit.ForceOpen
					_ = users.Get(key).(circuit.ModeSetter).Override(mode, time.Duration(dice.IntN(3))*time.Second)
				case 1:
					orders.Remove(fmt.Sprint("order ", dice.IntN(30)))
				default:
					_ = orders.Get(fmt.Sprint("order ", dice.IntN(30))).Allow()
				}
			}
		})
	}
	time.Sleep(10300 * time.Millisecond)
	middle := look(admin, "/stream")
	middle.leave()
	soFar := read(t, early.ticks(t))
	newcomer := read(t, middle.ticks(t)[:1])
	if !reflect.DeepEqual(newcomer.stands, soFar.stands) || !sameNames(newcomer, soFar) {
		t.Errorf("seed %d: a newcomer sees\n%v, the others\n%v", seed, newcomer.stands, soFar.stands)
	}
	traffic.Wait()
	time.Sleep(1100 * time.Millisecond)
	got := read(t, early.ticks(t)).sums
	for key, sum := range want {
		if got[key] != sum {
			t.Errorf("seed %d: the ticks of %q add up to %v, want %v", seed, key, got[key], sum)
		}
	}
}

func sameNames(a, b page) bool {
	return slices.Equal(slices.Sorted(maps.Keys(a.names)), slices.Sorted(maps.Keys(b.names))) &&
		maps.EqualFunc(a.names, b.names, func(x, y []any) bool { return reflect.DeepEqual(x, y) })
}
