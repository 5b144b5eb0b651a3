package kratos_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"

	"github.com/go-kratos/kratos/v2/log"

	"github.com/go-fusebox/fusebox/circuitslog"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/kratos"
)

// logbook is a logger that keeps what it is told.
type logbook struct {
	mu    sync.Mutex
	lines []string
	last  map[string]any
}

func (b *logbook) Log(level log.Level, keyvals ...any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	line := level.String()
	b.last = map[string]any{slog.LevelKey: level}
	for i := 0; i < len(keyvals); i += 2 {
		line += fmt.Sprintf(" %v=%v", keyvals[i], keyvals[i+1])
		into, path := b.last, strings.Split(keyvals[i].(string), ".")
		for _, name := range path[:len(path)-1] {
			if into[name] == nil {
				into[name] = map[string]any{}
			}
			into = into[name].(map[string]any)
		}
		into[path[len(path)-1]] = keyvals[i+1]
	}
	b.lines = append(b.lines, line)
	return nil
}

func (b *logbook) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := b.lines
	b.lines = nil
	return lines
}

// Kratos' loggers have the time from a valuer, which is asked here, too.
func TestLogHandlerIsAHandler(t *testing.T) {
	var b logbook
	slogtest.Run(t, func(*testing.T) slog.Handler {
		return kratos.LogHandler(log.With(&b, slog.TimeKey, log.DefaultTimestamp))
	}, func(t *testing.T) map[string]any {
		if strings.HasSuffix(t.Name(), "zero-time") {
			t.Skip("the time is left to Kratos' logger")
		}
		return maps.Clone(b.last)
	})
}

func TestLogHandlerLevelsAndFilter(t *testing.T) {
	var b logbook
	logger := slog.New(kratos.LogHandler(log.NewFilter(&b, log.FilterLevel(log.LevelWarn), log.FilterKey("password"))))
	ctx := t.Context()
	for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn - 1} {
		if logger.Enabled(ctx, l) {
			t.Errorf("%v is enabled, with a filter for warnings", l)
		}
	}
	logger.Info("dropped")
	logger.Warn("text", "password", "hunter2", "n", 1)
	logger.Log(ctx, slog.LevelError+4, "worse")
	if got, want := fmt.Sprint(b.take()), "[WARN msg=text password=*** n=1 ERROR msg=worse]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	all := slog.New(kratos.LogHandler(&b))
	all.Debug("a")
	all.Info("b")
	if got, want := fmt.Sprint(b.take()), "[DEBUG msg=a INFO msg=b]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Valuers see the context of the call, such as that of a trace.
func TestLogHandlerPassesTheContext(t *testing.T) {
	var b logbook
	logger := slog.New(kratos.LogHandler(log.With(&b, "trace", log.Valuer(func(ctx context.Context) any {
		return ctx.Value(callKey{})
	}))))
	logger.InfoContext(context.WithValue(t.Context(), callKey{}, "4bf9"), "text")
	if got, want := fmt.Sprint(b.take()), "[INFO trace=4bf9 msg=text]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLogHandlerOfTheGlobalLogger(t *testing.T) {
	var b logbook
	defer log.SetLogger(log.GetLogger())
	log.SetLogger(&b)
	slog.New(kratos.LogHandler(nil)).Info("text")
	if got := b.take(); len(got) != 1 {
		t.Errorf("%q, want one line", got)
	}
}

// What breakers do, in Kratos' log.
func TestFollowToKratosLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b logbook
		g := group.New(sleepy)
		defer circuitslog.Follow(g, slog.New(kratos.LogHandler(&b)))()
		failing := kratos.Client(kratos.WithGroup(g))(func(context.Context, any) (any, error) { return nil, errBroken })
		well := kratos.Client(kratos.WithGroup(g))(answers)
		ctx := calling(t.Context(), opHello)
		for range 3 + 12 {
			_, _ = failing(ctx, nil)
		}
		time.Sleep(5 * time.Second)
		if _, err := well(ctx, nil); err != nil {
			t.Error(err)
		}
		want := []string{
			"WARN msg=circuit breaker opened key=/test.Greeter/Hello from=closed to=open reason=consecutive failures engine=hystrix lasted=0s window.successes=0 window.failures=3 window.refused=0",
			"INFO msg=circuit breaker half-open key=/test.Greeter/Hello from=open to=half-open reason=sleep window over engine=hystrix lasted=5s window.successes=0 window.failures=3 window.refused=0",
			"INFO msg=circuit breaker closed key=/test.Greeter/Hello from=half-open to=closed reason=probes succeeded engine=hystrix lasted=0s window.successes=0 window.failures=3 window.refused=0 refused=12",
		}
		got := b.take()
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func ExampleLogHandler() {
	var out bytes.Buffer
	logger := log.With(log.NewStdLogger(&out), "service", "shop") // as for kratos.New
	g := group.New(func(string) circuit.Breaker { return brittleAfter(1) })
	stop := circuitslog.Follow(g, slog.New(kratos.LogHandler(logger)))
	defer stop()

	g.Get("users").MarkFailed()
	text, _, _ := strings.Cut(out.String(), " lasted=")
	fmt.Println(text)
	// Output:
	// WARN service=shop msg=circuit breaker opened key=users from=closed to=open reason=consecutive failures engine=hystrix
}
