package targets

import (
	"strconv"

	"github.com/go-fusebox/fusebox/bench/internal/inplace"
	"github.com/go-fusebox/fusebox/bench/internal/lookups"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

func lookup() []Target {
	var all []Target
	for _, p := range []struct {
		name, title string
		bound       float64
	}{{"serial", "serial", 2}, {"2", "2 goroutines", 8}, {"32", "32 goroutines", 8}} {
		for _, peer := range []struct{ name, title string }{{lookups.Kratos, "Kratos' group"}, {lookups.GoZero, "go-zero's"}} {
			t := Target{Row: Lookup, Than: "× as fast as " + peer.title + ", " + p.title, Least: true, Bound: p.bound}
			for _, keys := range []string{"100", "10000"} {
				folder := "lookup/" + keys + "/" + p.name + "/"
				t.Ratios = append(t.Ratios, Ratio{keys + " keys",
					Term{Names: []string{folder + peer.name}}, Term{Names: []string{folder + lookups.Group}}})
			}
			all = append(all, t)
		}
	}
	none := Target{Row: Lookup, Than: "allocations, with the cap and the eviction on"}
	for _, n := range lookups.Sizes {
		keys := strconv.Itoa(n)
		none.Ratios = append(none.Ratios, Ratio{keys + " keys",
			Term{Names: []string{"lookup/" + keys + "/serial/" + lookups.Group}, Allocs: true}, Term{}})
	}
	return append(all, none)
}

func inPlace() []Target {
	var all []Target
	for _, place := range []struct {
		name, title string
		bound       float64
	}{{"kratos", "Kratos' middleware", 15}, {"zrpc", "zRPC's interceptor", 25}} {
		folder := place.name + "/serial/"
		added := func(name string, allocs bool) Term {
			return Term{Names: []string{folder + name}, Minus: folder + inplace.Unguarded, Allocs: allocs}
		}
		one := func(over, under Term) []Ratio { return []Ratio{{place.title, over, under}} }
		all = append(all,
			Target{Row: InPlace, Than: "ns added to an empty handler", Bound: 30, Ratios: one(added(inplace.Ours, false), Term{})},
			Target{Row: InPlace, Than: "× less added than the stock one", Least: true, Bound: place.bound,
				Ratios: one(added(inplace.Stock, false), added(inplace.Ours, false))},
			Target{Row: InPlace, Than: "allocations", Ratios: one(added(inplace.Ours, true), Term{})},
		)
	}
	return all
}

func memory() []Target {
	idle := Target{Row: Memory, Than: "bytes for one breaker that is idle and healthy", Bound: 1024}
	for _, e := range subjects.Engines {
		idle.Ratios = append(idle.Ratios, Ratio{e, Term{Names: []string{"memory/bytes/" + e}}, Term{}})
	}
	one := func(over, under string) []Ratio {
		return []Ratio{{"a flood of keys, cap 10,000", Term{Names: []string{"memory/flood/" + over}}, Term{Names: []string{"memory/flood/" + under}}}}
	}
	return []Target{
		idle,
		{Row: Memory, Than: "× the bytes of a group that is full, at any time (a twentieth is left to what else runs)", Bound: 1.05, Ratios: one("most bytes", "full bytes")},
		{Row: Memory, Than: "× the keys that the cap allows, at any time", Bound: 1, Ratios: one("most keys", "cap")},
	}
}

// scale takes what a plain map loses with the same breakers for what caches lose.
func scale() []Target {
	grown := func(name string) Term {
		return Term{Names: []string{"scale/100000/" + name}, Minus: "scale/1/" + name}
	}
	return []Target{{Row: Scale, Than: "× as much growth from 1 to 100,000 keys as a plain map's of the same breakers (caches)", Bound: 1.25,
		Ratios: []Ratio{{"a guarded call", grown(lookups.Group), grown(lookups.PlainMap)}}}}
}
