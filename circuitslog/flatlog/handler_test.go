package flatlog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"

	"github.com/go-fusebox/fusebox/circuitslog/flatlog"
)

// nested is a record as slogtest wants it.
func nested(r slog.Record) map[string]any {
	m := map[string]any{slog.LevelKey: r.Level, slog.MessageKey: r.Message}
	if !r.Time.IsZero() {
		m[slog.TimeKey] = r.Time
	}
	r.Attrs(func(a slog.Attr) bool {
		into, path := m, strings.Split(a.Key, ".")
		for _, name := range path[:len(path)-1] {
			if into[name] == nil {
				into[name] = map[string]any{}
			}
			into = into[name].(map[string]any)
		}
		into[path[len(path)-1]] = a.Value.Any()
		return true
	})
	return m
}

func TestSlogtest(t *testing.T) {
	var last map[string]any
	slogtest.Run(t, func(*testing.T) slog.Handler {
		return &flatlog.Handler{Write: func(_ context.Context, r slog.Record) error {
			last = nested(r)
			return nil
		}}
	}, func(*testing.T) map[string]any { return last })
}

// flat is a handler that keeps what is written, as text.
type flat struct {
	mu    sync.Mutex
	lines []string
}

func (f *flat) handler() *flatlog.Handler {
	return &flatlog.Handler{Write: func(_ context.Context, r slog.Record) error {
		line := r.Message
		r.Attrs(func(a slog.Attr) bool {
			line += " " + a.String()
			return true
		})
		f.mu.Lock()
		defer f.mu.Unlock()
		f.lines = append(f.lines, line)
		return nil
	}}
}

func TestGroupsBecomePrefixes(t *testing.T) {
	var f flat
	slog.New(f.handler()).With("a", 1).WithGroup("g").With("b", 2, slog.Group("h", "c", 3)).WithGroup("").WithGroup("i").
		Info("text", "d", 4, slog.Group("", "e", 5), slog.Group("empty"), slog.Group("k", "f", 6))
	if want := "text a=1 g.b=2 g.h.c=3 g.i.d=4 g.i.e=5 g.i.k.f=6"; f.lines[0] != want {
		t.Errorf("%q, want %q", f.lines[0], want)
	}
}

// Loggers that were made of one don't share what comes after.
func TestHandlersDoNotShareAttributes(t *testing.T) {
	var f flat
	base := slog.New(f.handler()).With("a", 1, "b", 2, "c", 3)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { base.With("i", i).Info("with", "x", i) })
		all.Go(func() { base.Info("without", "x", i) })
	}
	all.Wait()
	got := map[string]bool{}
	for _, line := range f.lines {
		got[line] = true
	}
	for i := range 8 {
		for _, want := range []string{fmt.Sprintf("with a=1 b=2 c=3 i=%d x=%d", i, i), fmt.Sprintf("without a=1 b=2 c=3 x=%d", i)} {
			if !got[want] {
				t.Errorf("%q is missing in %q", want, f.lines)
			}
		}
	}
}

func TestErrorsAndLevelsArePassedOn(t *testing.T) {
	full := errors.New("the disk is full")
	h := &flatlog.Handler{
		IsEnabled: func(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn },
		Write:     func(context.Context, slog.Record) error { return full },
	}
	if err := h.WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)}).Handle(t.Context(), slog.Record{}); err != full { //nolint:errorlint // the very same
		t.Errorf("Handle = %v, want the writer's error", err)
	}
	if h.Enabled(t.Context(), slog.LevelInfo) || !h.Enabled(t.Context(), slog.LevelWarn) {
		t.Error("the levels are not those of the writer")
	}
}
