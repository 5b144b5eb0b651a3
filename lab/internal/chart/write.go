package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"strings"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// fonts stand in for each other: the first three have letters of the same width.
const fonts = "Liberation Sans,Arial,Helvetica,sans-serif"

// WritePNG writes the light theme, twice as large as [Chart.Size] for sharpness.
func (c *Chart) WritePNG(w io.Writer) error {
	canvas := vgimg.NewWith(vgimg.UseWH(Width, c.layout.height), vgimg.UseDPI(2*72))
	c.draw(draw.New(canvas))
	if err := png.Encode(w, canvas.Image()); err != nil {
		return fmt.Errorf("chart: %w", err)
	}
	return nil
}

// WriteSVG writes both themes. The card is opaque in each, since a page's theme
// need not be the reader's.
func (c *Chart) WriteSVG(w io.Writer) error {
	canvas := vgsvg.New(Width, c.layout.height)
	c.draw(draw.New(canvas))
	var drawn bytes.Buffer
	if _, err := canvas.WriteTo(&drawn); err != nil {
		return fmt.Errorf("chart: %w", err)
	}
	// The library's own first tag gives the size in points, and no fallback fonts.
	_, body, found := strings.Cut(drawn.String(), `xlink">`)
	if !found {
		return errors.New("chart: the SVG does not begin as expected")
	}
	body = strings.ReplaceAll(body, "font-family:Liberation Sans;", "font-family:"+fonts+";")

	var out bytes.Buffer
	width, height := c.Size()
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", width, height)
	for _, e := range []struct{ tag, text string }{{"title", c.scenario.Name}, {"desc", c.describe()}} {
		fmt.Fprintf(&out, "<%s>", e.tag)
		if err := xml.EscapeText(&out, []byte(clean(e.text))); err != nil {
			return fmt.Errorf("chart: %w", err)
		}
		fmt.Fprintf(&out, "</%s>\n", e.tag)
	}
	fmt.Fprintf(&out, "<style>@media (prefers-color-scheme: dark) {\n%s}</style>", darkRules())
	out.WriteString(body)
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("chart: %w", err)
	}
	return nil
}

// describe says in words what the panels are headed with.
func (c *Chart) describe() string {
	parts := []string{c.scenario.About}
	for _, p := range c.panels {
		parts = append(parts, p.Title+": "+p.Note)
	}
	return strings.Join(parts, "; ")
}

// darkRules replace each colour of the light theme wherever it is used.
func darkRules() string {
	var b strings.Builder
	to := dark().all()
	for i, from := range light().all() {
		for _, property := range []string{"fill", "stroke"} {
			fmt.Fprintf(&b, "[style*=\"%s:%s\"] { %[1]s: %[3]s !important }\n", property, hex(from), hex(to[i]))
		}
	}
	return b.String()
}

// hex is written as the library does.
func hex(c color.NRGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
