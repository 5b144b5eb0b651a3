package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// sample is a show of 4 s, 1.5 s into it, with a fault since 1 s.
func sample() frame {
	return frame{
		title: "Fusebox demo: four servers, 100 calls/s in each row, engine credit, depth 8",
		phase: failing,
		left:  1500 * time.Millisecond,
		at:    2500 * time.Millisecond,
		end:   10 * time.Second,
		rows: []row{
			{
				client: "Kratos HTTP", method: "SayHello", faulty: true,
				total: tally{250, 100, 88, 62}, state: circuit.Open, drop: 0.914,
				reached: reached{62, 150}, refused: []float64{0, 0, 0.3, 0.86, 1},
			},
			{
				client: "Kratos HTTP", method: "SayGoodbye",
				total: tally{250, 250, 0, 0}, refused: []float64{-1, 0, 0, 0, 0},
			},
		},
		faulty: []bool{false, false, true, true, true},
		events: []string{"zRPC SayHello: closed -> open (too many failures)", "Kratos HTTP SayHello: closed -> open (too many failures)"},
	}
}

func golden(t *testing.T, got []string, want string) {
	t.Helper()
	text := strings.Join(got, "\n")
	if want = strings.Trim(want, "\n"); text != want {
		t.Errorf("got:\n%s\nwant:\n%s", text, want)
	}
}

func TestViewOnAWideTerminal(t *testing.T) {
	golden(t, sample().render(130, palette{}), `
Fusebox demo: four servers, 100 calls/s in each row, engine credit, depth 8
FAULT, 1.5s left: SayHello fails on every server, SayGoodbye works

client       method      offered  passed  refused  failed  state       drop  reached  refused share
fault                                                                                   ━━━
Kratos HTTP  SayHello        250     100       88      62  open        91 %     41 %  ··▃▇█
             SayGoodbye      250     250        0       0  closed       0 %            ····

last change: Kratos HTTP SayHello: closed -> open (too many failures)
reached: what got to the failing method, of what got there without a breaker
`)
}

func TestViewOnANarrowTerminal(t *testing.T) {
	golden(t, sample().render(80, palette{}), `
Fusebox demo: four servers, 100 calls/s in each row, engine credit, depth 8
FAULT, 1.5s left: SayHello fails on every server, SayGoodbye works

client       method      passed  refused  failed  state       drop  refused shar
fault                                                                 ━━━
Kratos HTTP  SayHello       100       88      62  open        91 %  ··▃▇█
             SayGoodbye     250        0       0  closed       0 %   ····

last change: Kratos HTTP SayHello: closed -> open (too many failures)
`)
}

func TestViewFitsEveryWidth(t *testing.T) {
	for width := range 200 {
		for i, line := range sample().render(width, palette{}) {
			if n := utf8.RuneCountInString(line); n > width && i < 4 {
				t.Errorf("width %d: line %d has %d characters: %q", width, i, n, line)
			}
		}
		if width < 50 { // the least set of columns: the terminal cuts the rest off
			continue
		}
		for _, line := range sample().render(width, palette{}) {
			if n := utf8.RuneCountInString(line); n > width {
				t.Errorf("width %d: %d characters: %q", width, n, line)
			}
		}
	}
}

func TestViewColoursStatesAndPhase(t *testing.T) {
	text := strings.Join(sample().render(130, palette{on: true}), "\n")
	for _, want := range []string{
		"\x1b[31mFAULT, 1.5s left: SayHello fails on every server, SayGoodbye works\x1b[0m",
		"\x1b[31mopen       \x1b[0m",
		"\x1b[32mclosed     \x1b[0m",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	plain := strings.Join(sample().render(130, palette{}), "\n")
	for _, code := range []string{red, green, yellow, faint, "0"} {
		text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
	}
	if text != plain {
		t.Errorf("colours changed the text:\n%s\n%s", text, plain)
	}
}

func TestSparkline(t *testing.T) {
	for _, tt := range []struct {
		shares []float64
		width  int
		want   string
	}{
		{nil, 10, ""},
		{[]float64{-1, 0, 0.001, 0.124, 0.126, 0.5, 0.99, 1}, 10, " ·▁▁▂▅██"},
		{[]float64{0, 0, 0.5, 1}, 2, "▅█"},
	} {
		if got := sparkline(tt.shares, tt.width); got != tt.want {
			t.Errorf("%v in %d: %q, want %q", tt.shares, tt.width, got, tt.want)
		}
	}
}

func TestScreenDrawsInPlaceAndGivesTheCursorBack(t *testing.T) {
	var out bytes.Buffer
	height := 24
	s := newScreen(&out, palette{}, func() (int, int) { return 130, height })
	s.draw(sample())
	if n := strings.Count(out.String(), "\n"); n != 10 {
		t.Errorf("first frame of %d lines", n)
	}
	out.Reset()
	height = 6 // the terminal was made smaller
	s.draw(sample())
	if got := out.String(); !strings.HasPrefix(got, "\r\x1b[10A") || !strings.HasSuffix(got, clearBelow) ||
		strings.Count(got, clearRight+"\n") != 5 {
		t.Errorf("second frame: %q", got)
	}
	out.Reset()
	s.close()
	if out.String() != wrap+showCursor {
		t.Errorf("at the end: %q", out.String())
	}
}

func TestPlainLinesOncePerSecond(t *testing.T) {
	var out bytes.Buffer
	l := &lines{out: &out, title: "title"}
	f := sample()
	for i := 1; i <= 4; i++ {
		f.at = time.Duration(i) * tick
		f.rows[0].total.refused += 10
		f.events = f.events[:min(len(f.events), 1)]
		if i > 1 {
			f.events = nil
		}
		l.draw(f)
	}
	want := `title
 0.5s zRPC SayHello: closed -> open (too many failures)
 1.0s fault     1.5s left | SayHello 250 offered, 100 passed, 108 refused, 62 failed, drop ratio 91 % | SayGoodbye 250 offered, 250 passed, 0 refused, 0 failed
 2.0s fault     1.5s left | SayHello 0 offered, 0 passed, 20 refused, 0 failed, drop ratio 91 % | SayGoodbye 0 offered, 0 passed, 0 refused, 0 failed
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestScriptPhases(t *testing.T) {
	s := newScript(config{healthy: 2 * time.Second, fault: 3 * time.Second, recovery: 4 * time.Second})
	for _, tt := range []struct {
		at   time.Duration
		want phase
		left time.Duration
	}{
		{0, healthy, 2 * time.Second},
		{2 * time.Second, failing, 3 * time.Second},
		{4999 * time.Millisecond, failing, time.Millisecond},
		{5 * time.Second, recovering, 4 * time.Second},
		{10 * time.Second, recovering, 0},
	} {
		if got, left := s.at(tt.at); got != tt.want || left != tt.left {
			t.Errorf("at %v: %v for %v, want %v for %v", tt.at, got, left, tt.want, tt.left)
		}
	}
}
