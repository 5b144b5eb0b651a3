package gozero_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"github.com/go-fusebox/fusebox/circuitslog"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/gozero"
)

// logbook is what logx writes.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logbook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// take is what was written, line by line.
func (b *logbook) take(tb testing.TB) (lines []map[string]any) {
	tb.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	d := json.NewDecoder(&b.buf)
	for d.More() {
		var line map[string]any
		must(tb, d.Decode(&line))
		lines = append(lines, line)
	}
	return lines
}

// logging has logx write into a book, until the test ends.
func logging(tb testing.TB) *logbook {
	tb.Helper()
	b := &logbook{}
	logx.SetLevel(logx.DebugLevel)
	logx.Reset()
	logx.SetWriter(logx.NewWriter(b))
	tb.Cleanup(logx.Disable)
	return b
}

// logx has the time by itself, its own names for what slog has names for, and puts no
// field into another.
func TestLogHandlerIsAHandler(t *testing.T) {
	b := logging(t)
	slogtest.Run(t, func(*testing.T) slog.Handler { return gozero.LogHandler() }, func(t *testing.T) map[string]any {
		lines := b.take(t)
		if strings.HasSuffix(t.Name(), "zero-time") {
			t.Skip("the time is left to logx")
		}
		if len(lines) != 1 {
			t.Fatalf("%v, want one line", lines)
		}
		record := map[string]any{}
		for key, value := range lines[0] {
			if own, ok := map[string]string{"@timestamp": slog.TimeKey, "content": slog.MessageKey}[key]; ok {
				key = own
			}
			into, path := record, strings.Split(key, ".")
			for _, name := range path[:len(path)-1] {
				if into[name] == nil {
					into[name] = map[string]any{}
				}
				into = into[name].(map[string]any)
			}
			into[path[len(path)-1]] = value
		}
		return record
	})
}

func TestLogHandlerLevels(t *testing.T) {
	b := logging(t)
	logger := slog.New(gozero.LogHandler())
	for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		logger.Log(t.Context(), l, "text")
	}
	var levels []any
	for _, line := range b.take(t) {
		levels = append(levels, line["level"])
	}
	if want := "[debug info error error]"; fmt.Sprint(levels) != want {
		t.Errorf("levels %v, want %v", levels, want)
	}
	logx.SetLevel(logx.ErrorLevel)
	logger.Info("dropped")
	logger.Warn("kept")
	if lines := b.take(t); len(lines) != 1 || lines[0]["content"] != "kept" {
		t.Errorf("%v, want the warning alone", lines)
	}
}

// A line has the fields of the context, and whoever logged as its caller.
func TestLogHandlerPassesContextAndCaller(t *testing.T) {
	b := logging(t)
	ctx := logx.ContextWithFields(t.Context(), logx.Field("tenant", "acme"))
	logger := slog.New(gozero.LogHandler())
	logger.InfoContext(ctx, "text", "took", 90*time.Second)
	logger.LogAttrs(ctx, slog.LevelWarn, "text", slog.Duration("took", 90*time.Second))
	for _, line := range b.take(t) {
		if line["tenant"] != "acme" || line["took"] != "1m30s" || !strings.HasPrefix(fmt.Sprint(line["caller"]), "gozero/loghandler_test.go:") {
			t.Errorf("%v, want the context's field, a duration, and this file", line)
		}
	}
}

// What breakers do, in logx.
func TestFollowToLogx(t *testing.T) {
	b := logging(t)
	g := group.New(tripping)
	defer circuitslog.Follow(g, slog.New(gozero.LogHandler()))()
	for range 10 + 7 {
		permit, _ := circuit.Acquire(g.Get(say))
		permit.Failure()
	}
	must(t, g.Get(say).(circuit.ModeSetter).SetMode(circuit.ForceClose))
	lines := b.take(t)
	if len(lines) != 2 {
		t.Fatalf("%v, want 2 lines", lines)
	}
	for i, want := range []map[string]any{
		{"level": "error", "content": "circuit breaker opened", "key": say, "to": "open", "window.failures": 10.0},
		{"level": "info", "content": "circuit breaker closed", "key": say, "to": "closed", "refused": 7.0},
	} {
		for key, value := range want {
			if lines[i][key] != value {
				t.Errorf("line %d: %s is %v, want %v", i+1, key, lines[i][key], value)
			}
		}
	}
}

func ExampleLogHandler() {
	out := &logbook{} // in the place of logx's files
	logx.SetLevel(logx.InfoLevel)
	logx.Reset()
	logx.SetWriter(logx.NewWriter(out))
	defer logx.Disable()

	g := group.New(func(string) circuit.Breaker { return newHystrix(hystrix.Config{ConsecutiveFailures: 1}) })
	stop := circuitslog.Follow(g, slog.New(gozero.LogHandler()))
	defer stop()
	g.Get("users").MarkFailed()

	var line struct{ Level, Content, Key, Reason string }
	if err := json.Unmarshal(out.buf.Bytes(), &line); err != nil {
		panic(err)
	}
	fmt.Printf("%+v", line)
	// Output:
	// {Level:error Content:circuit breaker opened Key:users Reason:consecutive failures}
}
