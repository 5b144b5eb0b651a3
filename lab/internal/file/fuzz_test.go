package file_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/file"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// valid demands what the simulator needs.
func valid(t *testing.T, f *file.File) {
	t.Helper()
	s := f.Scenario
	that := func(ok bool, what string, of any) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %+v", what, of)
		}
	}
	within := func(v, lo, hi float64) bool { return v >= lo && v <= hi } // which NaN isn't
	that(s.Duration >= time.Second && s.Duration <= 4*time.Hour && s.Duration%sim.Step == 0, "duration", s.Duration)
	b := s.Backend
	that(b.Capacity == 0 || within(b.Capacity, .1, 1e6), "capacity", b)
	that(b.Latency >= 0 && b.Latency <= time.Minute, "latency", b)
	that(b.Queue >= 0 && b.Queue <= time.Minute, "queue", b)
	that(within(b.RefusalCost, 0, 1), "cost", b)
	tr := s.Traffic
	that(tr.Clients >= 1 && tr.Clients <= 10_000, "clients", tr)
	that(within(tr.Rate, .001, 1e6), "rate", tr)
	that(tr.Deadline >= 0 && tr.Deadline <= time.Minute, "deadline", tr)
	that(tr.Retries.Max >= 0 && tr.Retries.Max <= 3, "retries", tr)
	that(tr.Retries.Backoff >= 0 && tr.Retries.Backoff <= time.Minute, "backoff", tr)

	that(len(s.Phases) > 0 && s.Phases[0].At == 0, "the first phase", s.Phases)
	var calls float64
	for i, p := range s.Phases {
		end := s.Duration
		if i+1 < len(s.Phases) {
			end = s.Phases[i+1].At
		}
		that(p.At < end, "order", s.Phases)
		rate := p.Rate * tr.Rate
		that(rate == 0 || within(rate, .001*(1-1e-9), 1e6*(1+1e-9)), "rate of a phase", p)
		that(p.Capacity == 1 || within(p.Capacity*b.Capacity, .1*(1-1e-9), 1e6*(1+1e-9)), "capacity of a phase", p)
		latency := b.Latency + p.Latency
		that(latency >= 0 && latency <= time.Minute, "latency of a phase", p)
		that(within(p.Errors, 0, 1), "errors", p)
		calls += rate * (end - p.At).Seconds()
	}
	runs := len(f.Seeds) * len(f.Engines)
	that(runs >= 1 && runs <= 50*20, "runs", f)
	that(calls*float64(1+tr.Retries.Max) <= 10e6, "calls of a run", calls)
	that(calls*float64(1+tr.Retries.Max)*float64(runs) <= 100e6, "calls", calls)

	seeds, labels := map[uint64]bool{}, map[string]bool{}
	for _, seed := range f.Seeds {
		that(!seeds[seed], "a seed twice", f.Seeds)
		seeds[seed] = true
	}
	for _, e := range f.Engines {
		that(e.Label != "" && e.Engine != "" && !labels[e.Label], "label", f.Engines)
		labels[e.Label] = true
		that(e.Settings == nil || json.Valid(e.Settings), "settings", string(e.Settings))
	}
	that(!math.IsInf(calls, 0), "calls", calls)
}

func FuzzParse(f *testing.F) {
	paths, _ := filepath.Glob("../../scenarios/*.yaml")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, tt := range bad {
		if len(tt.text) < 1000 {
			f.Add([]byte(tt.text))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			t.Skip("long files take long, and hold nothing new")
		}
		for _, engines := range []file.Engines{known, {}} {
			got, err := file.Parse("x.yaml", data, engines)
			if (got == nil) != (err != nil) {
				t.Fatalf("got %+v and %v", got, err)
			}
			if err == nil {
				valid(t, got)
			}
		}
	})
}
