package targets

import (
	"slices"

	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// The rows of the table of targets.
const (
	HealthySerial   = "healthy call, serial"
	HealthyParallel = "healthy call, 32 goroutines"
	Observed        = "healthy call, metrics, log and observer on"
	Mixed           = "mixed: 1 failure in 100 and 1 in 10"
	Refused         = "refused call"
	Lookup          = "group lookup"
	InPlace         = "Kratos middleware and zRPC interceptor"
	Memory          = "memory"
	Scale           = "scale"
)

// All returns every target, row by row, for a machine of so many processors.
func All(processors int) []Target {
	return slices.Concat(healthy(processors), observed(), mixed(), refused(), lookup(), inPlace(), memory(), scale())
}

func healthy(processors int) []Target {
	const serial, parallel = "call/healthy/serial/", "call/healthy/32/"
	window := subjects.Peers(func(s subjects.Subject) bool { return s.Window })
	every := subjects.Peers(func(subjects.Subject) bool { return true })
	rising := Target{Row: HealthyParallel, Than: "× its serial cost, per processor (a tenth is left to noise)", Bound: 1.1}
	for _, e := range subjects.Engines {
		rising.Ratios = append(rising.Ratios, Ratio{e,
			Term{Names: []string{parallel + e}, Times: float64(processors)}, Term{Names: []string{serial + e}}})
	}
	return []Target{
		faster(HealthySerial, 30, "× as fast as aegis", serial, "aegis"),
		faster(HealthySerial, 30, "× as fast as go-zero", serial, "go-zero"),
		faster(HealthySerial, 5, "× as fast as the fastest peer with a time window", serial, window...),
		atMost(HealthySerial, 2.5, "× one atomic add and one load", serial, "floor/serial/"+subjects.AtomicAddLoad),
		faster(HealthyParallel, 60, "× as fast as aegis", parallel, "aegis"),
		faster(HealthyParallel, 60, "× as fast as go-zero", parallel, "go-zero"),
		faster(HealthyParallel, 15, "× as fast as the fastest peer", parallel, every...),
		rising,
	}
}

// observed compares ours with ours.
func observed() []Target {
	none := Target{Row: Observed, Than: "allocations"}
	all := []Target{}
	for _, p := range []struct{ folder, title string }{{"serial", "serial"}, {"32", "32 goroutines"}} {
		folder := "call/healthy/" + p.folder + "/"
		t := Target{Row: Observed, Than: "ns more than with them off, " + p.title, Bound: 30}
		for _, e := range subjects.Engines {
			t.Ratios = append(t.Ratios, Ratio{e, Term{Names: []string{folder + e + subjects.Observed}, Minus: folder + e}, Term{}})
		}
		all = append(all, t)
	}
	for _, e := range subjects.Engines {
		none.Ratios = append(none.Ratios, Ratio{e, Term{Names: []string{"call/healthy/serial/" + e + subjects.Observed}, Allocs: true}, Term{}})
	}
	return append(all, none)
}

func mixed() []Target {
	return []Target{
		faster(Mixed, 8, "× as fast as aegis, 1 in 100, serial", "call/1in100/serial/", "aegis"),
		faster(Mixed, 8, "× as fast as aegis, 1 in 100, 32 goroutines", "call/1in100/32/", "aegis"),
		faster(Mixed, 8, "× as fast as aegis, 1 in 10, serial", "call/1in10/serial/", "aegis"),
		faster(Mixed, 8, "× as fast as aegis, 1 in 10, 32 goroutines", "call/1in10/32/", "aegis"),
	}
}

// refused leaves out the throttler of failsafe-go, where it speaks of every peer: it
// refuses by a bare mutex and a random number, without a look at the clock.
func refused() []Target {
	every := subjects.Peers(func(s subjects.Subject) bool { return s.Name != subjects.Throttler })
	none := Target{Row: Refused, Than: "allocations"}
	for _, e := range subjects.Engines {
		none.Ratios = append(none.Ratios, Ratio{e, Term{Names: []string{"call/refused/serial/" + e}, Allocs: true}, Term{}})
	}
	const serial, parallel = "call/refused/serial/", "call/refused/32/"
	return []Target{
		faster(Refused, 1, "× as fast as the fastest peer but a bare mutex and rand, serial", serial, every...),
		faster(Refused, 1, "× as fast as the fastest peer but a bare mutex and rand, 32 goroutines", parallel, every...),
		none,
		faster(Refused, 6, "× as fast as aegis, serial", serial, "aegis"),
		faster(Refused, 6, "× as fast as aegis, 32 goroutines", parallel, "aegis"),
		faster(Refused, 20, "× as fast as go-zero, serial", serial, "go-zero"),
		faster(Refused, 20, "× as fast as go-zero, 32 goroutines", parallel, "go-zero"),
	}
}

// faster compares the fastest of some peers with each of our engines; folder is that
// of the names of all.
func faster(row string, bound float64, than, folder string, peers ...string) Target {
	t := Target{Row: row, Than: than, Least: true, Bound: bound}
	var names []string
	for _, p := range peers {
		names = append(names, folder+p)
	}
	for _, e := range subjects.Engines {
		t.Ratios = append(t.Ratios, Ratio{e, Term{Names: names}, Term{Names: []string{folder + e}}})
	}
	return t
}

// atMost compares each of our engines with a floor.
func atMost(row string, bound float64, than, folder, floor string) Target {
	t := Target{Row: row, Than: than, Bound: bound}
	for _, e := range subjects.Engines {
		t.Ratios = append(t.Ratios, Ratio{e, Term{Names: []string{folder + e}}, Term{Names: []string{floor}}})
	}
	return t
}
