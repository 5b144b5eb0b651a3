package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// report is what came out.
type report []lineOfReport

// lineOfReport is the outcome of one lane.
type lineOfReport struct {
	name           string
	reached        reached
	refusedHealthy int           // calls refused on the method that worked
	normalAfter    time.Duration // from the end of the fault; negative if it never was
	reachBound     float64       // of reached.with / reached.without
	recoveryBound  time.Duration // 0: none
}

func (d *demo) report() report {
	var r report
	for _, l := range d.lanes {
		r = append(r, lineOfReport{
			name:           l.name,
			reached:        reached{l.after.with - l.before.with, l.after.without - l.before.without},
			refusedHealthy: l.goodbye.now().refused,
			normalAfter:    normalAfter(l.hello.all(), d.script.healAt),
			reachBound:     reachBound(d.config),
			recoveryBound:  recoveryBound(d.config),
		})
	}
	return r
}

// normalAfter is the time from heal to the first moment from which on every call
// for steadyFor, and steadyCalls of them at least, succeeded; -1 if there is none.
func normalAfter(results []result, heal time.Duration) time.Duration {
	results = slices.Clone(results)
	slices.SortFunc(results, func(a, b result) int { return cmp.Compare(a.start, b.start) })
	var since time.Duration
	calls := 0
	for _, r := range results {
		switch {
		case r.start < heal:
			continue
		case !r.ok:
			calls = 0
			continue
		case calls == 0:
			since = r.start
		}
		calls++
		if calls >= steadyCalls && r.start-since >= steadyFor {
			return since - heal
		}
	}
	return -1
}

func (l lineOfReport) share() float64 {
	return float64(l.reached.with) / float64(max(1, l.reached.without))
}

func (l lineOfReport) reachKept() bool {
	return l.reached.without > 0 && l.share() <= l.reachBound
}

func (l lineOfReport) recoveryKept() bool {
	return l.recoveryBound == 0 || l.normalAfter >= 0 && l.normalAfter <= l.recoveryBound
}

func (l lineOfReport) normal() string {
	if l.normalAfter < 0 {
		return "not yet"
	}
	return fmt.Sprintf("%.2fs", l.normalAfter.Seconds())
}

func (l lineOfReport) recoveryLimit() string {
	if l.recoveryBound == 0 {
		return "no bound"
	}
	return fmt.Sprintf("≤ %.2fs", l.recoveryBound.Seconds())
}

// failed names the bounds that were not kept.
func (r report) failed() []string {
	var failed []string
	for _, l := range r {
		if !l.reachKept() {
			failed = append(failed, fmt.Sprintf("%s: %d of %d calls reached the failing SayHello, %s, bound %s",
				l.name, l.reached.with, l.reached.without, percent(l.share()), percent(l.reachBound)))
		}
		if l.refusedHealthy > 0 {
			failed = append(failed, fmt.Sprintf("%s: %d calls refused on the healthy SayGoodbye, bound 0", l.name, l.refusedHealthy))
		}
		if !l.recoveryKept() {
			failed = append(failed, fmt.Sprintf("%s: normal after %s, bound %s", l.name, l.normal(), l.recoveryLimit()))
		}
	}
	return failed
}

// render is the table at the end, 80 characters wide.
func (r report) render(c config, p palette) string {
	verdict := func(kept bool) string {
		if kept {
			return p.good("ok  ")
		}
		return p.bad("FAIL")
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\nResult: engine %s, %d calls/s, SayHello failed for %v\n\n", c.engine.title, c.rate, c.fault)
	fmt.Fprint(&out, `             calls that reached SayHello   refused on   SayHello was normal
             while it failed               SayGoodbye   again after
client      without   with  share   bound  bound 0               bound
`)
	for _, l := range r {
		recovery := ""
		if l.recoveryBound > 0 {
			recovery = verdict(l.recoveryKept())
		}
		line := fmt.Sprintf("%-11s %7d %6d %6s  %6s %s %5d %s %8s  %s %s", l.name,
			l.reached.without, l.reached.with, percent(l.share()), "≤ "+percent(l.reachBound), verdict(l.reachKept()),
			l.refusedHealthy, verdict(l.refusedHealthy == 0), l.normal(), l.recoveryLimit(), recovery)
		fmt.Fprintln(&out, strings.TrimRight(line, " "))
	}
	fmt.Fprintf(&out, `
with and without: a breaker, at the same rate of calls.
normal again: from then on every call of %v, %d at least, was admitted and
succeeded; counted from the end of the fault.
`, steadyFor, steadyCalls)
	return out.String()
}
