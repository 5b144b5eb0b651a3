package chart

import (
	"image/color"
	"strings"
	"unicode"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// theme is a set of colours, told apart by hue and by lightness: blue, orange
// and grey differ for every kind of colour vision.
type theme struct {
	card, ink, faint, grid, served, servedEdge, wasted, refused, fault color.NRGBA
}

// light is drawn; dark replaces it colour by colour in SVG, so that within each
// theme no two may be the same.
func light() theme {
	return theme{
		card:       rgb(0xffffff),
		ink:        rgb(0x1f2328),
		faint:      rgb(0x59636e),
		grid:       rgb(0xe4e8ec),
		served:     rgb(0x2e86c9),
		servedEdge: rgb(0x0a4f86),
		wasted:     rgb(0xf4a259),
		refused:    rgb(0xd9dee4),
		fault:      rgb(0xfff7dc),
	}
}

func dark() theme {
	return theme{
		card:       rgb(0x0d1117),
		ink:        rgb(0xe6edf3),
		faint:      rgb(0x9ba4ae),
		grid:       rgb(0x21262d),
		served:     rgb(0x4aa3ec),
		servedEdge: rgb(0xb6dcff),
		wasted:     rgb(0xb3601f),
		refused:    rgb(0x434b55),
		fault:      rgb(0x241f10),
	}
}

func (t theme) all() []color.NRGBA {
	return []color.NRGBA{t.card, t.ink, t.faint, t.grid, t.served, t.servedEdge, t.wasted, t.refused, t.fault}
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

// look is the colours and the kinds of text.
type look struct {
	theme
	title, about, name, label, small draw.TextStyle
}

func newLook() look {
	var sans font.Collection
	for _, face := range liberation.Collection() {
		if face.Font.Variant == "Sans" {
			sans = append(sans, face)
		}
	}
	handler := text.Plain{Fonts: font.NewCache(sans)}
	t := light()
	style := func(size vg.Length, weight xfont.Weight, c color.Color) draw.TextStyle {
		return draw.TextStyle{
			Color: c, Handler: handler, YAlign: text.YCenter,
			Font: font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size},
		}
	}
	return look{
		theme: t,
		title: style(18, xfont.WeightBold, t.ink),
		about: style(13, xfont.WeightNormal, t.faint),
		name:  style(13, xfont.WeightBold, t.ink),
		label: style(12, xfont.WeightNormal, t.ink),
		small: style(11, xfont.WeightNormal, t.faint),
	}
}

// fit cuts s to a width, and drops what cannot be printed.
func fit(style draw.TextStyle, s string, width vg.Length) string {
	s = clean(s)
	if style.Width(s) <= width {
		return s
	}
	letters := []rune(s)
	for len(letters) > 0 && style.Width(string(letters)+"…") > width {
		letters = letters[:len(letters)-1]
	}
	return strings.TrimSpace(string(letters)) + "…"
}

// wrap breaks s into lines of a width.
func wrap(style draw.TextStyle, s string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(clean(s)) {
		switch longer := strings.TrimSpace(line + " " + word); {
		case line == "" || style.Width(longer) <= width:
			line = longer
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s))
}
