package main

import "strings"

// sparkline draws the last width shares: a dot for none, a bar of eight heights
// for more, up to 1, and a space for a negative one, which stands for no calls.
func sparkline(shares []float64, width int) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	var line strings.Builder
	for _, s := range shares[max(0, len(shares)-width):] {
		switch {
		case s < 0:
			line.WriteByte(' ')
		case s == 0:
			line.WriteRune('·')
		default:
			line.WriteRune(bars[min(len(bars)-1, int(s*float64(len(bars))))])
		}
	}
	return line.String()
}

// marks draws which of the last width ticks were faulty.
func marks(faulty []bool, width int) string {
	var line strings.Builder
	for _, bad := range faulty[max(0, len(faulty)-width):] {
		if bad {
			line.WriteRune('━')
		} else {
			line.WriteRune(' ')
		}
	}
	return line.String()
}
