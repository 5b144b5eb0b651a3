package chart

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entry is one sign and what it means.
type entry struct {
	label string
	area  color.Color // or none
	line  draw.LineStyle
	width vg.Length
}

const (
	swatchW vg.Length = 20
	swatchH vg.Length = 10
)

// legend has an entry for each sign in the chart, in lines of a width.
func (c *Chart) legend(width vg.Length) [][]entry {
	all := []entry{
		{label: "served", area: c.look.served, line: c.servedLine()},
		{label: "wasted on the backend", area: c.look.wasted},
		{label: "refused by the breaker", area: c.look.refused},
		{label: "offered on average", line: c.offeredLine()},
	}
	var highest float64
	fault := false
	for _, s := range c.spans {
		highest = max(highest, s.capacity)
		fault = fault || s.fault
	}
	switch {
	case highest > c.rate.max:
		all = append(all, entry{label: "backend capacity, up to " + number(highest) + "/s", line: c.capacityLine()})
	case highest > 0:
		all = append(all, entry{label: "backend capacity", line: c.capacityLine()})
	}
	if fault {
		all = append(all, entry{label: "fault", area: c.look.fault, line: c.faultLine()})
	}
	lines := [][]entry{nil}
	room := width
	for _, e := range all {
		e.width = swatchW + 6 + c.look.label.Width(e.label) + 18
		if e.width > room {
			lines = append(lines, nil)
			room = width
		}
		room -= e.width
		lines[len(lines)-1] = append(lines[len(lines)-1], e)
	}
	return lines
}

// drawLegend begins with the middle of its first line at y, from the bottom.
func (c *Chart) drawLegend(to draw.Canvas, y vg.Length) {
	for _, line := range c.layout.legend {
		x := margin
		for _, e := range line {
			low, high, end := y-swatchH/2, y+swatchH/2, x+swatchW
			edge := y
			if e.area != nil {
				to.FillPolygon(e.area, []vg.Point{{X: x, Y: low}, {X: end, Y: low}, {X: end, Y: high}, {X: x, Y: high}})
				edge = high
			}
			to.StrokeLine2(e.line, x, edge, end, edge)
			write(to, c.look.label, end+6, y, e.label)
			x += e.width
		}
		y -= legendRoom
	}
}

func (c *Chart) servedLine() draw.LineStyle {
	return draw.LineStyle{Color: c.look.servedEdge, Width: 1.75}
}

func (c *Chart) offeredLine() draw.LineStyle {
	return draw.LineStyle{Color: c.look.ink, Width: 1}
}

func (c *Chart) capacityLine() draw.LineStyle {
	return draw.LineStyle{Color: c.look.ink, Width: 1.5, Dashes: []vg.Length{5, 3}}
}

// faultLine runs along the upper edge, where no area hides it.
func (c *Chart) faultLine() draw.LineStyle {
	return draw.LineStyle{Color: c.look.faint, Width: 3}
}
