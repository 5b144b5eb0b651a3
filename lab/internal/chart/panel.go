package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// draw draws the whole chart.
func (c *Chart) draw(to draw.Canvas) {
	to.FillPolygon(c.look.card, corners(to.Min, to.Max))
	y := to.Max.Y - margin - titleRoom/2
	write(to, c.look.title, margin, y, fit(c.look.title, c.scenario.Name, Width-2*margin))
	y -= titleRoom/2 + aboutRoom/2
	for _, line := range c.layout.about {
		write(to, c.look.about, margin, y, line)
		y -= aboutRoom
	}
	c.drawLegend(to, y+aboutRoom/2-6-legendRoom/2)
	for i := range c.panels {
		x, top := c.layout.corner(i)
		frame := to
		frame.Min = vg.Point{X: x, Y: to.Max.Y - top - c.layout.frameH}
		frame.Max = vg.Point{X: x + c.layout.frameW, Y: to.Max.Y - top}
		c.drawHead(frame, c.panels[i])
		c.drawFaults(frame)
		c.drawRates(frame, i%c.layout.columns == 0)
		c.drawRun(frame, c.runs[i])
		c.drawTimes(frame, i+c.layout.columns >= len(c.panels))
		c.drawAbove(frame, c.runs[i])
	}
}

func (c *Chart) drawHead(frame draw.Canvas, p Panel) {
	x, y := frame.Min.X, frame.Max.Y+c.layout.head-10
	write(frame, c.look.name, x, y, fit(c.look.name, p.Title, c.layout.frameW))
	write(frame, c.look.label, x, y-16, fit(c.look.label, p.Note, c.layout.frameW))
}

func (c *Chart) drawFaults(frame draw.Canvas) {
	for i := 0; i < len(c.spans); i++ {
		if !c.spans[i].fault {
			continue
		}
		from := c.spans[i].from
		for i+1 < len(c.spans) && c.spans[i+1].fault {
			i++
		}
		low, high := c.at(frame, from, 0), c.at(frame, c.spans[i].to, c.rate.max)
		frame.FillPolygon(c.look.fault, corners(low, high))
		frame.StrokeLine2(c.faultLine(), low.X, high.Y+1.5, high.X, high.Y+1.5)
	}
}

// drawRates draws the grid, and the labels beside it.
func (c *Chart) drawRates(frame draw.Canvas, labels bool) {
	style := c.look.small
	style.XAlign = text.XRight
	for _, v := range c.rate.ticks() {
		p := c.at(frame, 0, v)
		frame.StrokeLine2(draw.LineStyle{Color: c.look.grid, Width: 1}, p.X, p.Y, frame.Max.X, p.Y)
		if labels {
			write(frame, style, p.X-6, p.Y, number(v))
		}
	}
	if labels {
		style.XAlign, style.Rotation = text.XCenter, math.Pi/2
		write(frame, style, margin+unitRoom/2-2, (frame.Min.Y+frame.Max.Y)/2, "calls per second")
	}
}

// drawTimes draws the time axis. Its labels are kept within the frame, so that
// those of neighbours don't touch.
func (c *Chart) drawTimes(frame draw.Canvas, labels bool) {
	line := draw.LineStyle{Color: c.look.faint, Width: 1}
	frame.StrokeLine2(line, frame.Min.X, frame.Min.Y, frame.Max.X, frame.Min.Y)
	if !labels {
		return
	}
	style := c.look.small
	style.XAlign = text.XCenter
	ticks := c.time.ticks()
	for i, v := range ticks {
		p := c.at(frame, v, 0)
		frame.StrokeLine2(line, p.X, p.Y, p.X, p.Y-4)
		label := number(v)
		if i == len(ticks)-1 {
			label += " s"
		}
		x := min(p.X, frame.Max.X-style.Width(label)/2)
		write(frame, style, x, p.Y-12, label)
	}
}

func (c *Chart) drawRun(frame draw.Canvas, r series) {
	c.area(frame, c.look.refused, r.at, r.reached, r.asked)
	c.area(frame, c.look.wasted, r.at, r.served, r.reached)
	c.area(frame, c.look.served, r.at, make([]float64, len(r.at)), r.served)
	c.line(frame, c.servedLine(), r.at, r.served)
	var at, rate, capacity []float64
	for _, s := range c.spans {
		at = append(at, s.from, s.to)
		rate = append(rate, s.rate, s.rate)
		capacity = append(capacity, s.capacity, s.capacity)
	}
	c.line(frame, c.offeredLine(), at, rate)
	if c.scenario.Backend.Capacity > 0 {
		dashes := c.capacityLine()
		c.line(frame, draw.LineStyle{Color: c.look.card, Width: dashes.Width}, at, capacity)
		c.line(frame, dashes, at, capacity)
	}
}

// drawAbove says how much is above the frame, where it is so.
func (c *Chart) drawAbove(frame draw.Canvas, r series) {
	note, middle := c.above(r)
	style := c.look.small
	style.Color, style.XAlign = c.look.ink, text.XCenter
	half := style.Width(note) / 2
	p := c.at(frame, middle, c.rate.max)
	write(frame, style, min(max(p.X, frame.Min.X+half), frame.Max.X-half), p.Y+12, note)
}

// above tells of what is offered, or else of attempts, which retries make more.
func (c *Chart) above(r series) (note string, middle float64) {
	var highest, from, to float64
	for _, s := range c.spans {
		if s.rate > c.rate.max {
			if highest == 0 {
				from = s.from
			}
			highest, to = max(highest, s.rate), s.to
		}
	}
	if highest > 0 {
		return "↑ offered " + number(highest) + "/s", (from + to) / 2
	}
	for i, v := range r.asked {
		if v > c.rate.max && v > highest {
			highest, middle = v, r.at[i]
		}
	}
	if highest > 0 {
		return "↑ up to " + number(round(highest, 2)) + " attempts/s", middle
	}
	return "", 0
}

// at is the point of a time and a rate, which may be outside the frame.
func (c *Chart) at(frame draw.Canvas, seconds, rate float64) vg.Point {
	return vg.Point{X: frame.X(seconds / c.scenario.Duration.Seconds()), Y: frame.Y(rate / c.rate.max)}
}

func (c *Chart) line(frame draw.Canvas, style draw.LineStyle, at, rates []float64) {
	frame.StrokeLines(style, frame.ClipLinesXY(c.path(frame, at, rates))...)
}

func (c *Chart) area(frame draw.Canvas, fill color.Color, at, low, high []float64) {
	edge := c.path(frame, at, low)
	for i := len(at) - 1; i >= 0; i-- {
		edge = append(edge, c.at(frame, at[i], high[i]))
	}
	frame.FillPolygon(fill, frame.ClipPolygonXY(edge))
}

func (c *Chart) path(frame draw.Canvas, at, rates []float64) []vg.Point {
	var all []vg.Point
	for i := range at {
		all = append(all, c.at(frame, at[i], rates[i]))
	}
	return all
}

// write puts the middle of s's small letters at y.
func write(to draw.Canvas, style draw.TextStyle, x, y vg.Length, s string) {
	to.FillText(style, vg.Point{X: x, Y: y + style.Font.Size/12}, s)
}

func corners(low, high vg.Point) []vg.Point {
	return []vg.Point{low, {X: high.X, Y: low.Y}, high, {X: low.X, Y: high.Y}}
}
