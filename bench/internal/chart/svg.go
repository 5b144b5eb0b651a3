package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"

	"github.com/go-fusebox/fusebox/bench/internal/report"
)

// Lengths are in CSS pixels.
const (
	width  = 900
	margin = 16
	names  = 190 // the room for the breakers' names
	values = 70  // the room for a figure behind its bar
	top    = 104
	thick  = 12 // a bar
	pitch  = 36 // from breaker to breaker
	bottom = 34
)

// style has the light theme and, below it, what the dark one has otherwise. The card
// is opaque in each, since a page's theme need not be the reader's.
const style = `
text { font-family: Liberation Sans, Arial, Helvetica, sans-serif; font-size: 13px; fill: #1f2328 }
.title { font-size: 18px; font-weight: bold } .ours { font-weight: bold }
.faint { fill: #59636e } .small { font-size: 11px; fill: #59636e }
.card { fill: #ffffff } .grid { stroke: #e4e8ec }
.serial { fill: #2e86c9 } .parallel { fill: #f4a259 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .faint, .small { fill: #9ba4ae }
.card { fill: #0d1117 } .grid { stroke: #21262d }
.serial { fill: #4aa3ec } .parallel { fill: #b3601f }
}
`

// Write writes the chart as SVG. The same chart gives the same bytes.
func Write(w io.Writer, c Chart) error {
	var b bytes.Buffer
	s := scaleOf(c.Bars)
	height := top + pitch*len(c.Bars) + bottom
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n", escape(c.Title), escape(c.describe()), style)
	fmt.Fprintf(&b, `<rect class="card" width="%d" height="%d"/>`+"\n", width, height)
	text(&b, "title", margin, 34, "start", c.Title)
	text(&b, "faint", margin, 56, "start", c.About)
	legend(&b)
	for v := s.low; v <= s.high; v *= 10 {
		x := s.x(v)
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`+"\n", x, x, top-6, height-bottom+4)
		text(&b, "small", x, height-14, "middle", fmt.Sprintf("%.0f ns", v))
	}
	for i, bar := range c.Bars {
		y := top + pitch*i
		class := ""
		if bar.Ours {
			class = "ours"
		}
		text(&b, class, margin+names-10, y+thick+5, "end", bar.Name)
		s.bar(&b, "serial", y, bar.Serial)
		s.bar(&b, "parallel", y+thick+1, bar.Parallel)
	}
	b.WriteString("</svg>\n")
	_, err := b.WriteTo(w)
	return err
}

func legend(b *bytes.Buffer) {
	for i, entry := range []struct{ class, label string }{{"serial", "one goroutine"}, {"parallel", "32 goroutines"}} {
		x := margin + 130*i
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="70" width="20" height="10"/>`+"\n", entry.class, x)
		text(b, "", float64(x+26), 79, "start", entry.label)
	}
}

// scale is logarithmic, between powers of ten.
type scale struct{ low, high float64 }

func scaleOf(bars []Bar) scale {
	low, high := 1.0, 10.0
	for _, b := range bars {
		high = max(high, b.Serial, b.Parallel)
	}
	return scale{low, math.Pow(10, math.Ceil(math.Log10(high)-1e-9))}
}

func (s scale) x(v float64) float64 {
	const left, right = margin + names, width - margin - values
	share := math.Log10(max(v, s.low)/s.low) / math.Log10(s.high/s.low)
	return left + share*(right-left)
}

// bar draws one, with its figure behind it.
func (s scale) bar(b *bytes.Buffer, class string, y int, v float64) {
	if v <= 0 {
		return
	}
	from, to := s.x(s.low), s.x(v)
	fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d"/>`+"\n", class, from, y, max(1, to-from), thick)
	text(b, "small", to+5, y+thick-2, "start", report.Number(v))
}

func text[N int | float64](b *bytes.Buffer, class string, x N, y int, anchor, s string) {
	fmt.Fprintf(b, `<text class="%s" x="%.1f" y="%d" text-anchor="%s">%s</text>`+"\n", class, float64(x), y, anchor, escape(s))
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer has no errors
	return b.String()
}
