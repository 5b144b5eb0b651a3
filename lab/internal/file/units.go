package file

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

var quantity = regexp.MustCompile(`^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?) ?(|%|/s|/m|/h)$`)

// quantity splits a number from its unit.
func (v value) quantity() (n float64, unit string, ok bool) {
	parts := quantity.FindStringSubmatch(v.scalar())
	if parts == nil {
		return 0, "", false
	}
	n, err := strconv.ParseFloat(parts[1], 64)
	return n, parts[2], err == nil
}

// rate is in calls a second.
func (v value) rate(lo, hi float64) (float64, bool) {
	return v.rateOr(lo, hi, 0)
}

// rateOr is a rate, or so many per cent of the normal one.
func (v value) rateOr(lo, hi, normal float64) (float64, bool) {
	n, unit, ok := v.quantity()
	want := "calls a second, such as 200/s"
	if normal > 0 {
		want += ", or a share of the normal ones, such as 40%"
	}
	switch unit {
	case "%":
		ok = ok && normal > 0
		n *= normal / 100
	case "/m":
		n /= 60
	case "/h":
		n /= 3600
	}
	if !ok {
		v.wrong(want)
		return 0, false
	}
	return n, v.between(n, lo, hi, "/s")
}

// share is from 0 to 1.
func (v value) share() float64 {
	n, unit, ok := v.quantity()
	if unit == "%" {
		n /= 100
	}
	if !ok || n < 0 || n > 1 || unit != "" && unit != "%" {
		v.wrong("from 0 to 1, or from 0% to 100%")
		return 0
	}
	return n
}

func (v value) between(n, lo, hi float64, unit string) bool {
	if n >= lo && n <= hi { // which NaN isn't
		return true
	}
	v.wrong("from " + number(lo) + unit + " to " + number(hi) + unit)
	return false
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// span is a time from lo to hi.
func (v value) span(lo, hi time.Duration) (time.Duration, bool) {
	d, err := time.ParseDuration(v.scalar())
	if err != nil {
		v.wrong("a time with its unit, such as 500ms or 1m30s")
		return 0, false
	}
	if d < lo || d > hi {
		v.wrong("from " + brief(lo) + " to " + brief(hi))
		return 0, false
	}
	return d, true
}

// brief is d without the zeros at its end: 1m, not 1m0s.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// count is a whole number from lo to hi.
func (v value) count(lo, hi int) (int, bool) {
	n := -1
	i, ok := v.node.(*ast.IntegerNode)
	if ok {
		switch x := i.Value.(type) {
		case uint64:
			n = int(min(x, math.MaxInt64))
		case int64:
			n = int(x)
		}
	}
	if !ok || n < lo || n > hi {
		v.wrong("a whole number from " + strconv.Itoa(lo) + " to " + strconv.Itoa(hi))
		return 0, false
	}
	return n, true
}

func (v value) flag() bool {
	b, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.wrong("true or false")
		return false
	}
	return b.Value
}

// text is one line of at most so many characters.
func (v value) text(to *string, most int) bool {
	var s string
	switch n := v.node.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	default:
		v.wrong("text in quotes")
		return false
	}
	s = strings.Join(strings.Fields(s), " ")
	for _, c := range s {
		if !unicode.IsPrint(c) || c == unicode.ReplacementChar {
			v.wrong("text that can be printed")
			return false
		}
	}
	if n := len([]rune(s)); n < 1 || n > most {
		v.wrong("text of 1 to " + strconv.Itoa(most) + " characters")
		return false
	}
	*to = s
	return true
}
