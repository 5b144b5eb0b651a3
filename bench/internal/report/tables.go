package report

import (
	"slices"
	"strconv"

	"github.com/go-fusebox/fusebox/bench/internal/inplace"
	"github.com/go-fusebox/fusebox/bench/internal/lookups"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// the is the engine that others' times are divided by: the adapters' default.
const the = "credit"

// tables are those of all figures; such rows and tables as have none are left out.
func (f Figures) tables() []Table {
	all := append(f.calls(), f.floors())
	all = append(all, f.lookups()...)
	all = append(all, f.scale(), f.places(), f.loopback(), f.memory())
	var some []Table
	for _, t := range all {
		t.Rows = slices.DeleteFunc(t.Rows, empty)
		if len(t.Rows) > 0 {
			some = append(some, t)
		}
	}
	return some
}

// calls are a table for each scenario.
func (f Figures) calls() []Table {
	var all []Table
	for _, scenario := range subjects.Scenarios {
		t := Table{
			Title: scenario.Title,
			Head:  []string{"ns per call", "serial", "2", "32 goroutines", "allocs", "serial, × " + the, "32, × " + the, "refused", "spread"},
		}
		for _, s := range subjects.All() {
			if s.Only == "" || s.Only == scenario.Name {
				in := func(p string) string { return subjects.Name("call", scenario.Name, p, s.Name) }
				own := func(p string) string { return subjects.Name("call", scenario.Name, p, the) }
				t.Rows = append(t.Rows, append(f.row(s.Name, in, own), f.refused(in("serial")), f.spread(in("serial"), in("2"), in("32"))))
			}
		}
		all = append(all, t)
	}
	return all
}

// row is the part that calls and floors have in common; in and own name the figures
// of the row and of the engine that it is compared with.
func (f Figures) row(title string, in, own func(parallel string) string) []string {
	return []string{
		title, f.time(in("serial")), f.time(in("2")), f.time(in("32")), f.allocs(in("serial")),
		f.ratio(in("serial"), own("serial")), f.ratio(in("32"), own("32")),
	}
}

// floors are compared with healthy calls.
func (f Figures) floors() Table {
	t := Table{
		Title: "Floors: what breakers are made of",
		Head:  []string{"ns per operation", "serial", "2", "32 goroutines", "allocs", "serial, × " + the, "32, × " + the, "spread"},
	}
	for _, floor := range subjects.Floors() {
		in := func(p string) string { return subjects.Name("floor", p, floor.Name) }
		own := func(p string) string { return subjects.Name("call", "healthy", p, the) }
		t.Rows = append(t.Rows, append(f.row(floor.Name, in, own), f.spread(in("serial"), in("2"), in("32"))))
	}
	alone, both := subjects.Name("floor", "serial", subjects.Arithmetic), subjects.Name("floor", "2", subjects.Arithmetic)
	if n := f.ratio(alone, both); n != none {
		t.About = "Two goroutines did " + n + " times as much arithmetic as one: where that is well below 2, the machine had other work, " +
			"and goroutines were less in each other's way than they would have been."
	}
	return t
}

func (f Figures) lookups() []Table {
	var all []Table
	for _, n := range lookups.Sizes {
		keys := strconv.Itoa(n)
		t := Table{
			Title: "Lookup among keys: " + keys,
			Head:  []string{"ns per lookup", "serial", "2", "32 goroutines", "allocs", "serial, × ours", "2, × ours", "32, × ours", "spread"},
		}
		for _, c := range lookups.Containers() {
			in := func(p string) string { return subjects.Name("lookup", keys, p, c.Name) }
			own := func(p string) string { return subjects.Name("lookup", keys, p, lookups.Group) }
			t.Rows = append(t.Rows, []string{
				c.Name, f.time(in("serial")), f.time(in("2")), f.time(in("32")), f.allocs(in("serial")),
				f.ratio(in("serial"), own("serial")), f.ratio(in("2"), own("2")), f.ratio(in("32"), own("32")),
				f.spread(in("serial"), in("2"), in("32")),
			})
		}
		all = append(all, t)
	}
	return all
}

func (f Figures) scale() Table {
	t := Table{
		Title: "Scale: a guarded call, serial",
		About: "Get, Acquire and Success, breakers of package credit. What the plain map loses with more keys is what caches lose.",
		Head:  []string{"ns per call"},
	}
	for _, keys := range lookups.ScaleSizes {
		t.Head = append(t.Head, strconv.Itoa(keys)+" keys")
	}
	for _, name := range []string{lookups.Group, lookups.PlainMap} {
		row := []string{name}
		for _, keys := range lookups.ScaleSizes {
			row = append(row, f.time(subjects.Name("scale", strconv.Itoa(keys), name)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (f Figures) places() Table {
	t := Table{
		Title: "In place, around an empty handler",
		About: "Added is the time without that of the empty handler alone.",
		Head:  []string{"ns per call", "serial", "2", "32 goroutines", "added, serial", "added, 2", "added, 32", "allocs", "spread"},
	}
	for _, place := range []struct{ name, title string }{{"kratos", "Kratos middleware"}, {"zrpc", "zRPC interceptor"}} {
		for _, guard := range []string{inplace.Unguarded, inplace.Stock, inplace.Ours} {
			in := func(p string) string { return subjects.Name(place.name, p, guard) }
			empty := func(p string) string { return subjects.Name(place.name, p, inplace.Unguarded) }
			row := []string{place.title + ", " + guard, f.time(in("serial")), f.time(in("2")), f.time(in("32"))}
			for _, p := range []string{"serial", "2", "32"} {
				if guard == inplace.Unguarded {
					row = append(row, none)
				} else {
					row = append(row, f.added(in(p), empty(p)))
				}
			}
			t.Rows = append(t.Rows, append(row, f.allocs(in("serial")), f.spread(in("serial"), in("2"), in("32"))))
		}
	}
	return t
}

func (f Figures) loopback() Table {
	t := Table{
		Title: "In place, around a call over loopback gRPC",
		About: "For information: what a breaker adds is less than the spread.",
		Head:  []string{"µs per call", "median", "fastest", "slowest", "allocs"},
	}
	for _, name := range inplace.LoopbackNames {
		full := subjects.Name("loopback", name)
		row := []string{name, none, none, none, f.allocs(full)}
		if v, ok := f[full]; ok {
			row[1], row[2], row[3] = Number(v.Median/1e3), Number(v.Min/1e3), Number(v.Max/1e3)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (f Figures) memory() Table {
	t := Table{Title: "Memory of a breaker that is idle and healthy", Head: []string{"one breaker", "bytes", "goroutines"}}
	for _, s := range subjects.All() {
		if s.Only == "" && !s.Bare {
			t.Rows = append(t.Rows, []string{s.Name,
				f.count(subjects.Name("memory", "bytes", s.Name)), f.time(subjects.Name("memory", "goroutines", s.Name))})
		}
	}
	if flood := "memory/flood/"; f.count(flood+"keys") != none {
		t.About = f.count(flood+"keys") + " keys through a group with a cap of " + f.count(flood+"cap") + ": " +
			f.count(flood+"full bytes") + " bytes when it was first full, " + f.count(flood+"most bytes") +
			" at most later; at most " + f.count(flood+"most keys") + " keys in it."
	}
	return t
}

// count is a figure that is a whole number.
func (f Figures) count(name string) string {
	if v, ok := f[name]; ok {
		return strconv.FormatFloat(v.Median, 'f', 0, 64)
	}
	return none
}
