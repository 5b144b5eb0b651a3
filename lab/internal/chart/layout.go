package chart

import "gonum.org/v1/plot/vg"

// Lengths are in CSS pixels. They count from the top until they are drawn.
const (
	margin     vg.Length = 16
	titleRoom  vg.Length = 24
	aboutRoom  vg.Length = 18
	legendRoom vg.Length = 20
	headRoom   vg.Length = 44 // a panel's title and note
	aboveRoom  vg.Length = 14 // what is said of what is above a frame
	timeRoom   vg.Length = 20 // the labels of the time axis
	unitRoom   vg.Length = 16 // the name of the rate axis
	gap        vg.Length = 16 // between panels of a row
)

// layout says where things are.
type layout struct {
	about   []string
	legend  [][]entry
	columns int
	rows    int
	left    vg.Length // of the first column of frames
	top     vg.Length // of the first row of panels
	head    vg.Length // from a panel's top to its frame
	frameW  vg.Length
	frameH  vg.Length
	height  vg.Length
}

// plan needs the rate axis.
func (c *Chart) plan() layout {
	l := layout{columns: columns(len(c.panels))}
	l.rows = (len(c.panels) + l.columns - 1) / l.columns
	l.about = wrap(c.look.about, c.scenario.About, Width-2*margin)
	l.legend = c.legend(Width - 2*margin)
	var labels vg.Length
	for _, v := range c.rate.ticks() {
		labels = max(labels, c.look.small.Width(number(v)))
	}
	l.left = margin + unitRoom + labels + 6
	l.top = margin + titleRoom + vg.Length(len(l.about))*aboutRoom + 6 + vg.Length(len(l.legend))*legendRoom + 8
	l.head = headRoom
	for _, r := range c.runs {
		if note, _ := c.above(r); note != "" {
			l.head = headRoom + aboveRoom
		}
	}
	n := vg.Length(l.columns)
	l.frameW = (Width - margin - l.left - gap*(n-1)) / n
	l.frameH = []vg.Length{190, 140}[l.rows-1]
	l.height = l.top + vg.Length(l.rows)*l.rowH() + margin - 6
	return l
}

// columns is one for each panel, or half as many: there is room for five.
func columns(panels int) int {
	if panels <= MaxPanels/2 {
		return panels
	}
	return (panels + 1) / 2
}

func (l layout) rowH() vg.Length { return l.head + l.frameH + timeRoom }

// timeTicks is the number of labels for which a panel is wide enough.
func (l layout) timeTicks() int { return min(8, int(l.frameW/34)) }

// corner is the upper left one of panel i's frame.
func (l layout) corner(i int) (x, y vg.Length) {
	column, row := vg.Length(i%l.columns), vg.Length(i/l.columns)
	return l.left + column*(l.frameW+gap), l.top + row*l.rowH() + l.head
}
