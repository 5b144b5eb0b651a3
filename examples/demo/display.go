package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// display shows frames; close leaves the terminal as it was.
type display interface {
	draw(frame)
	close()
}

// newDisplay draws in place on a terminal, and writes plain lines elsewhere.
func newDisplay(out io.Writer, c config) display {
	file, ok := terminal(out, c)
	if !ok {
		return &lines{out: out, title: title(c)}
	}
	return newScreen(out, colours(out, c), func() (int, int) {
		width, height, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 80, 24
		}
		return width, height
	})
}

// terminal is out where it is one that can be drawn on.
func terminal(out io.Writer, c config) (*os.File, bool) {
	file, ok := out.(*os.File)
	return file, ok && !c.plain && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}

// colours is what out shows: none unless it is a terminal, or where NO_COLOR is set.
func colours(out io.Writer, c config) palette {
	_, ok := terminal(out, c)
	return palette{on: ok && os.Getenv("NO_COLOR") == ""}
}

// Terminal control sequences.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	noWrap     = "\x1b[?7l"
	wrap       = "\x1b[?7h"
	clearRight = "\x1b[K"
	clearBelow = "\x1b[J"
)

// screen redraws its lines in place.
type screen struct {
	out     io.Writer
	palette palette
	size    func() (width, height int)
	drawn   int    // lines, which the next frame goes over
	event   string // the last one
}

func newScreen(out io.Writer, p palette, size func() (int, int)) *screen {
	fmt.Fprint(out, hideCursor, noWrap)
	return &screen{out: out, palette: p, size: size}
}

func (s *screen) draw(f frame) {
	width, height := s.size()
	if len(f.events) > 0 {
		s.event = f.events[len(f.events)-1]
	} else if s.event != "" {
		f.events = []string{s.event}
	}
	text := f.render(width, s.palette)
	text = text[:min(len(text), max(1, height-1))] // what scrolls away can't be drawn over
	up := "\r"
	if s.drawn > 0 {
		up = fmt.Sprintf("\r\x1b[%dA", s.drawn)
	}
	// Each line is cleared when its text stands: clearing all first would flicker,
	// and fill the scrollback of some terminals.
	fmt.Fprint(s.out, up, strings.Join(text, clearRight+"\n"), clearRight+"\n", clearBelow)
	s.drawn = len(text)
}

func (s *screen) close() { fmt.Fprint(s.out, wrap, showCursor) }

// lines writes a plain line each second, and one for each change of a state.
type lines struct {
	out            io.Writer
	title          string // written first
	next           time.Duration
	hello, goodbye tally // shown so far
}

func (l *lines) draw(f frame) {
	if l.title != "" {
		fmt.Fprintln(l.out, l.title)
		if f.page != "" {
			fmt.Fprintln(l.out, "live page: "+f.page)
		}
		l.title = ""
		l.next = time.Second
	}
	for _, e := range f.events {
		fmt.Fprintf(l.out, "%5s %s\n", seconds(f.at), e)
	}
	if f.at < l.next {
		return
	}
	l.next += time.Second
	var hello, goodbye tally
	for _, r := range f.rows {
		if r.faulty {
			hello = hello.plus(r.total)
		} else {
			goodbye = goodbye.plus(r.total)
		}
	}
	fmt.Fprintln(l.out, f.line(hello.minus(l.hello), goodbye.minus(l.goodbye)))
	l.hello, l.goodbye = hello, goodbye
}

func (l *lines) close() {}
