package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/lab/internal/chart"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// element is a tag of an SVG, with the text in it.
type element struct {
	tag, style, text string
}

// svg draws and parses.
func svg(t *testing.T, s sim.Scenario, panels ...chart.Panel) []element {
	t.Helper()
	c, err := chart.Draw(s, panels)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.WriteSVG(&out); err != nil {
		t.Fatal(err)
	}
	var all []element
	var open []int
	for d := xml.NewDecoder(&out); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{tag: token.Name.Local}
			for _, a := range token.Attr {
				if a.Name.Local == "style" {
					e.style = a.Value
				}
			}
			open = append(open, len(all))
			all = append(all, e)
		case xml.CharData:
			if len(open) > 0 {
				all[open[len(open)-1]].text += string(token)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

// said is what a reader sees written.
func said(elements []element) []string {
	var all []string
	for _, e := range elements {
		if e.tag == "text" {
			all = append(all, e.text)
		}
	}
	return all
}

func TestSVGSaysWhatItShows(t *testing.T) {
	for _, s := range []sim.Scenario{overload(), outage(), brownout()} {
		t.Run(s.Name, func(t *testing.T) {
			panels := simulate(t, s)
			got := said(svg(t, s, panels...))
			want := []string{s.Name, s.About, "served", "wasted on the backend", "refused by the breaker", "offered on average", "calls per second"}
			for _, p := range panels {
				want = append(want, p.Title, p.Note)
			}
			for _, w := range want {
				if n := count(got, w); n != 1 {
					t.Errorf("%q stands %d times, want once; there is %q", w, n, got)
				}
			}
			for entry, want := range map[string]bool{
				"backend capacity": s.Backend.Capacity > 0,
				"fault":            len(s.Phases) > 1,
			} {
				if got := count(got, entry) == 1; got != want {
					t.Errorf("%q in the legend: %v, want %v", entry, got, want)
				}
			}
		})
	}
}

func count(all []string, s string) (n int) {
	for _, v := range all {
		if v == s {
			n++
		}
	}
	return n
}

// A reader's fonts are unknown, and a README scales nothing up.
func TestTextIsReadable(t *testing.T) {
	size := regexp.MustCompile(`font-size:([0-9.]+)px`)
	for _, e := range svg(t, overload(), tenPanels()...) {
		if e.tag != "text" {
			continue
		}
		if !strings.Contains(e.style, ",sans-serif;") {
			t.Errorf("%q has no fallback font: %s", e.text, e.style)
		}
		m := size.FindStringSubmatch(e.style)
		if m == nil {
			t.Fatalf("%q has no size: %s", e.text, e.style)
		}
		if px, err := strconv.ParseFloat(m[1], 64); err != nil || px < 11 {
			t.Errorf("%q is %s px, want 11 or more", e.text, m[1])
		}
	}
}

// A colour that the dark rules forget is dark on dark.
func TestEachColourHasADarkOne(t *testing.T) {
	elements := svg(t, brownout(), tenPanels()...)
	var rules string
	for _, e := range elements {
		if e.tag == "style" {
			rules = e.text
		}
	}
	if !strings.Contains(rules, "prefers-color-scheme: dark") {
		t.Fatalf("no dark theme in %q", rules)
	}
	paint := regexp.MustCompile(`(fill|stroke):#[0-9A-F]{6}`)
	seen := 0
	for _, e := range elements {
		if e.tag != "text" && e.tag != "path" {
			continue
		}
		painted := paint.FindAllString(e.style, -1)
		if len(painted) == 0 {
			t.Errorf("%s %q has no colour of its own: %q", e.tag, e.text, e.style)
		}
		for _, p := range painted {
			seen++
			if n := strings.Count(rules, `[style*="`+p+`"]`); n != 1 {
				t.Errorf("%d dark rules for %s, want 1", n, p)
			}
		}
	}
	if seen == 0 {
		t.Fatal("nothing was painted")
	}
	var dark []string
	for _, m := range regexp.MustCompile(`fill: (#\w+) !`).FindAllStringSubmatch(rules, -1) {
		dark = append(dark, m[1])
	}
	slices.Sort(dark)
	if len(dark) != len(slices.Compact(slices.Clone(dark))) {
		t.Errorf("two things have one colour in the dark: %q", dark)
	}
}

func TestWhatDoesNotFitIsCut(t *testing.T) {
	s := overload()
	s.About = strings.Repeat("much to say ", 30)
	p := steady(s, "<&>\x00\x1b"+strings.Repeat("long", 50), 10, 10, 10)
	p.Note = strings.Repeat("note ", 50)
	elements := svg(t, s, p, p, p)
	longest := 0
	for _, v := range said(elements) {
		longest = max(longest, len(v))
	}
	if longest > 160 {
		t.Errorf("a line of %d letters is wider than a chart", longest)
	}
	title := slices.IndexFunc(elements, func(e element) bool { return strings.HasPrefix(e.text, "<&>long") && strings.HasSuffix(e.text, "…") })
	if title < 0 {
		t.Errorf("no title that is cut in %q", said(elements))
	}
}
