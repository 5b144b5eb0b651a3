package circuitslog_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// pages is what was written, line by line, without the time and the words that all
// lines begin with.
type pages struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (p *pages) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.Write(b)
}

// take is what was written since the last take.
func (p *pages) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := strings.TrimSuffix(p.buf.String(), "\n")
	p.buf.Reset()
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func (p *pages) want(t *testing.T, lines ...string) {
	t.Helper()
	got := p.take()
	for i := range max(len(got), len(lines)) {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(lines) {
			w = lines[i]
		}
		if g != w {
			t.Errorf("line %d is\n\t%s\nwant\n\t%s", i+1, g, w)
		}
	}
}

func newPages() (*pages, *slog.Logger) {
	p := &pages{}
	return p, slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch {
			case a.Key == slog.TimeKey:
				return slog.Attr{}
			case a.Key == slog.LevelKey && a.Value.String() == "INFO":
				return slog.Attr{}
			case a.Key == "at":
				return slog.String("at", a.Value.Time().Format("05.000"))
			}
			return a
		},
	}))
}

// fragile opens at the first failure, for five seconds.
func fragile(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{
		ConsecutiveFailures: 1, ErrorPercentThreshold: -1, SleepWindow: 5 * time.Second, SleepJitter: -1,
	})
	if err != nil {
		panic(err)
	}
	return b
}

// call makes one of the key's calls, unless it is refused.
func call(g *group.Group, key string, o circuit.Outcome) (admitted bool) {
	permit, err := circuit.Acquire(g.Get(key))
	permit.Done(o)
	return err == nil
}

// refuse has n calls of the key refused.
func refuse(t *testing.T, g *group.Group, key string, n int) {
	t.Helper()
	for range n {
		if call(g, key, circuit.Failure) {
			t.Fatalf("a call of %s was admitted", key)
		}
	}
}

func setter(g *group.Group, key string) circuit.ModeSetter { return g.Get(key).(circuit.ModeSetter) }

func snapshot(g *group.Group, key string) circuit.Snapshot {
	return g.Get(key).(circuit.Reporter).Snapshot()
}
