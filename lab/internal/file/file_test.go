package file_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/lab/internal/file"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// known are the engines of the tests.
var known = file.Engines{
	Names: []string{"credit", "sre", "hystrix"},
	More:  []string{"bulkhead", "adaptive", "credit+bulkhead", "credit+adaptive", "hystrix+bulkhead"},
	Check: func(engine string, settings json.RawMessage) error {
		if settings == nil {
			return nil
		}
		switch engine {
		case "sre":
			return check[sre.Config](settings)
		case "hystrix":
			return check[hystrix.Config](settings)
		}
		if strings.HasSuffix(engine, "bulkhead") || strings.HasSuffix(engine, "adaptive") {
			return nil
		}
		return fmt.Errorf("%s: takes no settings", engine)
	},
}

func check[C interface{ Validate() error }](settings json.RawMessage) error {
	var c C
	if err := json.Unmarshal(settings, &c); err != nil {
		return err
	}
	return c.Validate()
}

// normal is the phase with which a scenario begins.
var normal = sim.Phase{Rate: 1, Capacity: 1}

func TestDefaults(t *testing.T) {
	got, err := file.Parse("dir/my shop.yaml", []byte("traffic: {rate: 100}"), known)
	if err != nil {
		t.Fatal(err)
	}
	want := &file.File{
		Scenario: sim.Scenario{
			Name:     "my shop",
			Duration: time.Minute,
			Backend:  sim.Backend{Latency: 50 * time.Millisecond, Queue: 200 * time.Millisecond, RefusalCost: .1},
			Traffic: sim.Traffic{
				Clients: 10, Rate: 100, Deadline: time.Second,
				Retries: sim.Retries{Backoff: 100 * time.Millisecond},
			},
			Phases: []sim.Phase{normal},
		},
		Seeds: []uint64{1, 2, 3, 4, 5},
		Engines: []file.Entry{
			{Label: "credit", Engine: "credit"}, {Label: "sre", Engine: "sre"}, {Label: "hystrix", Engine: "hystrix"},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the shortest file is\n%+v\nwant\n%+v", got, want)
	}
}

// all has every field.
const all = `# a comment
name: shop
about: >
  one line
  on it
duration: 2m
seeds: [7, 9]
backend:
  capacity: 400/s
  latency: 40ms
  queue: 1s
  refusalCost: 25%
traffic:
  rate: 250/s
  clients: 20
  deadline: none
  retries:
    max: 2
    backoff: 1m
    refused: true
phases:
  - at: 30s
    rate: 500/s
    capacity: 40%
    latency: 240ms
    errors: 15%
  - {at: 1m, rate: 300%, capacity: 100, latency: 50%, errors: 0.5, hang: true}
  - at: 90s
engines:
  - credit
  - engine: sre
    label: sre, K 1.5
    settings:
      k: 1.5
      window: 5s
      countRefusals: true
  - {engine: hystrix, settings: {sleepJitter: -1, "errorPercentThreshold": 1e1}}
`

func TestAllFields(t *testing.T) {
	got, err := file.Parse("x.yaml", []byte(all), known)
	if err != nil {
		t.Fatal(err)
	}
	want := &file.File{
		Scenario: sim.Scenario{
			Name:     "shop",
			About:    "one line on it",
			Duration: 2 * time.Minute,
			Backend:  sim.Backend{Capacity: 400, Latency: 40 * time.Millisecond, Queue: time.Second, RefusalCost: .25},
			Traffic: sim.Traffic{
				Clients: 20, Rate: 250,
				Retries: sim.Retries{Max: 2, Backoff: time.Minute, Refused: true},
			},
			Phases: []sim.Phase{
				normal,
				{At: 30 * time.Second, Rate: 2, Capacity: .4, Latency: 200 * time.Millisecond, Errors: .15},
				{At: time.Minute, Rate: 3, Capacity: .25, Latency: -20 * time.Millisecond, Errors: .5, Hang: true},
				{At: 90 * time.Second, Rate: 1, Capacity: 1},
			},
		},
		Seeds: []uint64{7, 9},
		Engines: []file.Entry{
			{Label: "credit", Engine: "credit", Line: 30},
			{Label: "sre, K 1.5", Engine: "sre", Settings: json.RawMessage(`{"k":1.5,"window":"5s","countRefusals":true}`), Line: 31},
			{Label: "hystrix", Engine: "hystrix", Settings: json.RawMessage(`{"sleepJitter":-1,"errorPercentThreshold":1e1}`), Line: 37},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the file is\n%+v\nwant\n%+v", got, want)
	}
	valid(t, got)
}

// head begins a file whose first phase is to come.
const head = "traffic: {rate: 100}\nbackend: {capacity: 200, latency: 20ms}\nphases:\n  - at: 0\n    "

func rateOf(s sim.Scenario) any { return s.Traffic.Rate }

// units has single values, each written otherwise.
var units = []struct {
	text string
	of   func(sim.Scenario) any
	want any
}{
	{"traffic: {rate: 250}", rateOf, 250.},
	{"traffic: {rate: 0.5}", rateOf, .5},
	{"traffic: {rate: 1_000}", rateOf, 1000.},
	{"traffic: {rate: 1e3}", rateOf, 1000.},
	{"traffic: {rate: 250/s}", rateOf, 250.},
	{"traffic: {rate: 250 /s}", rateOf, 250.},
	{"traffic: {rate: 2.5/s}", rateOf, 2.5},
	{"traffic: {rate: '+250/s'}", rateOf, 250.},
	{"traffic: {rate: 30/m}", rateOf, .5},
	{"traffic: {rate: 36/h}", rateOf, .01},
	{"{traffic: {rate: 1, deadline: 1.5s}}", func(s sim.Scenario) any { return s.Traffic.Deadline }, 1500 * time.Millisecond},
	{"{traffic: {rate: 1}, duration: 1m30s}", func(s sim.Scenario) any { return s.Duration }, 90 * time.Second},
	{"{traffic: {rate: 1}, backend: {queue: 0}}", func(s sim.Scenario) any { return s.Backend.Queue }, time.Duration(0)},
	{"{traffic: {rate: 1}, backend: {refusalCost: 1}}", func(s sim.Scenario) any { return s.Backend.RefusalCost }, 1.},
	{head + "rate: 0", func(s sim.Scenario) any { return s.Phases[0].Rate }, 0.},
	{head + "rate: 0%", func(s sim.Scenario) any { return s.Phases[0].Rate }, 0.},
	{head + "rate: 50", func(s sim.Scenario) any { return s.Phases[0].Rate }, .5},
	{head + "rate: 250%", func(s sim.Scenario) any { return s.Phases[0].Rate }, 2.5},
	{head + "capacity: 50/s", func(s sim.Scenario) any { return s.Phases[0].Capacity }, .25},
	{head + "capacity: 30/m", func(s sim.Scenario) any { return s.Phases[0].Capacity }, .0025},
	{head + "latency: 300%", func(s sim.Scenario) any { return s.Phases[0].Latency }, 40 * time.Millisecond},
	{head + "latency: 0", func(s sim.Scenario) any { return s.Phases[0].Latency }, -20 * time.Millisecond},
	{head + "errors: 12.5%", func(s sim.Scenario) any { return s.Phases[0].Errors }, .125},
	{head + "errors: 100%", func(s sim.Scenario) any { return s.Phases[0].Errors }, 1.},
	{head + "errors: .5", func(s sim.Scenario) any { return s.Phases[0].Errors }, .5},
}

func TestUnits(t *testing.T) {
	for _, tt := range units {
		f, err := file.Parse("x.yaml", []byte(tt.text), known)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := tt.of(f.Scenario); got != tt.want {
			t.Errorf("%s reads as %v, want %v", tt.text, got, tt.want)
		}
		valid(t, f)
	}
}

func TestShapesOfYAML(t *testing.T) {
	for _, text := range []string{
		"---\ntraffic: {rate: 1}\n",
		"%YAML 1.2\n---\ntraffic: {rate: 1}\n...\n",
		"\ufefftraffic: {rate: 1}\n",
		"traffic:\r\n  rate: 1\r\n",
		"{traffic: {rate: 1}}",
		"\"traffic\":\n  'rate': 1\n",
		"traffic: {rate: 1}\n---\n# nothing more\n",
		"traffic: {rate: 1}\nphases: []\n",
		"traffic: {rate: 1}\nbackend: {}\n",
		"traffic: # of the shop\n  # all\n  rate: 1 # a second\n# end",
	} {
		f, err := file.Parse("x.yaml", []byte(text), known)
		if err != nil || f.Scenario.Traffic.Rate != 1 {
			t.Errorf("%q reads as %+v, %v", text, f, err)
		}
	}
}

// TestWithoutRegistry is how a file is read when no engines are known.
func TestWithoutRegistry(t *testing.T) {
	f, err := file.Parse("x.yaml", []byte("traffic: {rate: 1}\nengines: [mine, {engine: other, settings: {a: [1, {b: no}], c: |\n  x}}]"), file.Engines{})
	if err == nil {
		t.Errorf("a literal in a flow mapping reads as %+v", f)
	}
	const text = "traffic: {rate: 1}\nengines:\n- mine\n- engine: other\n  settings:\n    a: [1, {b: no}, true, 1.50, 99999999999999999999]\n    c: |\n      x\n"
	if f, err = file.Parse("x.yaml", []byte(text), file.Engines{}); err != nil {
		t.Fatal(err)
	}
	want := []file.Entry{
		{Label: "mine", Engine: "mine", Line: 3},
		{Label: "other", Engine: "other", Line: 4, Settings: json.RawMessage(`{"a":[1,{"b":"no"},true,1.5,99999999999999999999],"c":"x\n"}`)},
	}
	if !reflect.DeepEqual(f.Engines, want) {
		t.Errorf("engines are\n%+v\nwant\n%+v", f.Engines, want)
	}
	_, err = file.Parse("x.yaml", []byte("traffic: {rate: 1}"), file.Engines{})
	if err == nil || err.Error() != "x.yaml:1:1: engines is missing, must list at least one" {
		t.Errorf("a file without engines: %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "shop.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("traffic: {rate: 7/s}")
	f, err := file.Load(path, known)
	if err != nil || f.Scenario.Traffic.Rate != 7 || f.Scenario.Name != "shop" {
		t.Errorf("the file reads as %+v, %v", f, err)
	}
	write("traffic: {rate: x}")
	_, err = file.Load(path, known)
	wrong, ok := errors.AsType[*file.Error](err)
	if !ok || wrong.File != path || wrong.Line != 1 || wrong.Column != 11 {
		t.Errorf("the error is %#v, want a *file.Error with its place", err)
	}
	write("traffic: {rate: 7/s} #" + strings.Repeat(" ", 1<<20))
	if _, err = file.Load(path, known); err == nil || err.Error() != path+":1:1: is larger than 16 KiB" {
		t.Errorf("a file of a megabyte: %v", err)
	}
	if _, err = file.Load(filepath.Join(dir, "none.yaml"), known); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err = file.Load(dir, known); err == nil {
		t.Error("a directory was read")
	}
}

func TestExamples(t *testing.T) {
	paths, err := filepath.Glob("../../scenarios/*.yaml")
	if err != nil || len(paths) < 3 {
		t.Fatalf("the examples are %v, %v, want three at least", paths, err)
	}
	for _, path := range paths {
		f, err := file.Load(path, known)
		if err != nil {
			t.Error(err)
			continue
		}
		valid(t, f)
		if f.Scenario.About == "" || len(f.Engines) < 3 || len(f.Scenario.Phases) < 3 {
			t.Errorf("%s shows little: %+v", path, f)
		}
	}
}
