package chart_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/chart"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

func ExampleDraw() {
	s := sim.Scenario{
		Name:     "calm",
		Duration: time.Second,
		Traffic:  sim.Traffic{Clients: 1, Rate: 100},
		Phases:   []sim.Phase{{Rate: 1}},
	}
	run := &sim.Result{Scenario: s, Bins: make([]sim.Bin, 10)}
	for i := range run.Bins {
		run.Bins[i] = sim.Bin{Offered: 10, Served: 10, Reached: 10}
	}
	c, err := chart.Draw(s, []chart.Panel{{Title: "sre", Note: "served all", Result: run}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var picture bytes.Buffer
	if err := c.WriteSVG(&picture); err != nil {
		fmt.Println(err)
		return
	}
	width, _ := c.Size()
	fmt.Println(width, strings.HasPrefix(picture.String(), "<svg"))
	// Output: 900 true
}

func TestDrawRefuses(t *testing.T) {
	good := overload()
	change := func(f func(*sim.Scenario)) sim.Scenario {
		s := good
		f(&s)
		return s
	}
	p := steady(good, "one", 1, 1, 1)
	for _, c := range []struct {
		s      sim.Scenario
		panels []chart.Panel
		want   string
	}{
		{sim.Scenario{}, []chart.Panel{p}, "no name"},
		{change(func(s *sim.Scenario) { s.Duration = 0 }), []chart.Panel{p}, `"overload" lasts 0s`},
		{change(func(s *sim.Scenario) { s.Phases = nil }), []chart.Panel{p}, "no phase that begins at 0"},
		{change(func(s *sim.Scenario) { s.Phases = []sim.Phase{{At: 1}} }), []chart.Panel{p}, "no phase that begins at 0"},
		{change(func(s *sim.Scenario) { s.Phases = []sim.Phase{{}, {At: 2}, {At: 1}} }), []chart.Panel{p}, "not in the order of time"},
		{good, nil, `no panels for scenario "overload"`},
		{good, append(tenPanels(), p), "11 panels"},
		{good, []chart.Panel{p, {Result: p.Result}}, "panel 2 of scenario \"overload\" has no title"},
		{good, []chart.Panel{{Title: "one"}}, `panel "one" of scenario "overload" has no result`},
		{good, []chart.Panel{{Title: "one", Result: &sim.Result{}}}, `panel "one" has 0 steps of 100ms, scenario "overload" has 600`},
	} {
		drawn, err := chart.Draw(c.s, c.panels)
		if err == nil || drawn != nil || !strings.HasPrefix(err.Error(), "chart: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Draw gave %v, %v; want an error with %q", drawn, err, c.want)
		}
	}
}

func TestSameResultsGiveTheSameBytes(t *testing.T) {
	s := outage()
	panels := simulate(t, s)[1:2]
	first, err := chart.Draw(s, panels)
	if err != nil {
		t.Fatal(err)
	}
	again, err := chart.Draw(s, panels)
	if err != nil {
		t.Fatal(err)
	}
	panels[0].Title = "changed" // a chart keeps its own
	pictures := make([]bytes.Buffer, 5)
	var all sync.WaitGroup
	for i, write := range []func(io.Writer) error{
		first.WriteSVG, first.WriteSVG, again.WriteSVG, first.WritePNG, again.WritePNG,
	} {
		all.Go(func() {
			if err := write(&pictures[i]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, same := range []int{0, 0, 0, 3, 3} {
		if got := pictures[i].Bytes(); len(got) == 0 || !bytes.Equal(got, pictures[same].Bytes()) {
			t.Errorf("picture %d has %d bytes that differ from picture %d", i, len(got), same)
		}
	}
}

func TestPNGShowsWhoServedMost(t *testing.T) {
	s := overload()
	c, err := chart.Draw(s, []chart.Panel{steady(s, "one", 30, 70, 100), steady(s, "two", 90, 10, 100)})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.WritePNG(&out); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	width, height := c.Size()
	if got := img.Bounds(); got != image.Rect(0, 0, 2*width, 2*height) || width != chart.Width {
		t.Errorf("PNG is %v for a chart of %d by %d", got, width, height)
	}
	if o, ok := img.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		t.Error("a page shows through")
	}
	left, right := area(img, 0, width), area(img, width, 2*width)
	if ratio := float64(right) / float64(left); left == 0 || ratio < 2.7 || ratio > 3.3 {
		t.Errorf("areas served are %d and %d, want one to three", left, right)
	}
}

// area counts the dots in the colour of what is served, apart from the legend.
func area(img image.Image, from, to int) (n int) {
	for x := from; x < to; x++ {
		for y := 200; y < img.Bounds().Max.Y; y++ {
			if img.At(x, y) == (color.RGBA{R: 0x2e, G: 0x86, B: 0xc9, A: 0xff}) {
				n++
			}
		}
	}
	return n
}

func TestFailedWriteIsTold(t *testing.T) {
	c, err := chart.Draw(overload(), tenPanels()[:1])
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func() error{
		"SVG": func() error { return c.WriteSVG(full{}) },
		"PNG": func() error { return c.WritePNG(full{}) },
	} {
		if err := write(); !errors.Is(err, errFull) {
			t.Errorf("%s to a full disk gave %v", name, err)
		}
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
