package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/bench/internal/chart"
	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/report"
)

func draw(t *testing.T) string {
	t.Helper()
	f := report.Figures{}
	for name, ns := range map[string]float64{"credit": 10, "gobreaker": 100, "aegis": 400} {
		f["call/healthy/serial/"+name] = measure.Figure{Median: ns}
		f["call/healthy/32/"+name] = measure.Figure{Median: 2 * ns}
	}
	var b bytes.Buffer
	if err := chart.Write(&b, chart.Of(f, "a <processor>")); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSVG(t *testing.T) {
	svg := draw(t)
	var said []string
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%s", err, svg)
		}
		if text, ok := token.(xml.CharData); ok {
			said = append(said, string(text))
		}
	}
	all := strings.Join(said, "\n")
	last := -1
	for _, want := range []string{"a <processor>", "32 goroutines", "1000 ns", "fusebox credit", "10.0", "20.0", "gobreaker", "aegis", "400", "800"} {
		at := strings.LastIndex(all, want)
		if at <= last {
			t.Errorf("%q is not in %q, or not in its place", want, all)
		}
		last = at
	}
}

// Ten times the time is as much more of the bar, whatever the time is.
func TestBarsAreLogarithmic(t *testing.T) {
	var widths []float64
	for _, m := range regexp.MustCompile(`class="serial" x="[0-9.]+" y="\d+" width="([0-9.]+)" height="12"`).FindAllStringSubmatch(draw(t), -1) {
		w, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		widths = append(widths, w)
	}
	if len(widths) != 3 {
		t.Fatalf("%d bars, want 3", len(widths))
	}
	if r := widths[1] / widths[0]; r < 1.99 || r > 2.01 {
		t.Errorf("100 ns is %v times as long as 10 ns, want 2", r)
	}
	if widths[2] <= widths[1] {
		t.Errorf("400 ns is no longer than 100 ns: %v", widths)
	}
}

// A colour that the dark theme forgets is dark on dark.
func TestBothThemes(t *testing.T) {
	light, dark, ok := strings.Cut(draw(t), "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("no dark theme")
	}
	dark, _, _ = strings.Cut(dark, "</style>")
	for _, rule := range []string{"text {", ".faint", ".small", ".card", ".grid", ".serial", ".parallel"} {
		if !strings.Contains(light, rule) || !strings.Contains(dark, rule) {
			t.Errorf("%s has no colour in one of the themes", rule)
		}
	}
}
