package main

import "github.com/go-fusebox/fusebox/core/circuit"

// palette colours text; the zero one leaves it as it is.
type palette struct{ on bool }

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
)

func (p palette) paint(code, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p palette) dim(text string) string  { return p.paint(faint, text) }
func (p palette) bad(text string) string  { return p.paint(red, text) }
func (p palette) good(text string) string { return p.paint(green, text) }

func (p palette) phase(ph phase, text string) string {
	return p.paint([...]string{healthy: green, failing: red, recovering: yellow}[ph], text)
}

func (p palette) state(s circuit.State, text string) string {
	switch s {
	case circuit.Open:
		return p.paint(red, text)
	case circuit.HalfOpen:
		return p.paint(yellow, text)
	default:
		return p.paint(green, text)
	}
}
