package circuitadmin_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// patience is how long a test with real sockets waits for what must come.
const patience = 10 * time.Second

// calm never opens in these tests.
var calm = hystrix.Config{RequestVolumeThreshold: 1e6}

func newGroup(tb testing.TB, opts ...group.Option) *group.Group {
	return group.New(func(string) circuit.Breaker { return newBreaker(tb) }, opts...)
}

func newBreaker(tb testing.TB) circuit.Breaker {
	b, err := hystrix.New(calm)
	if err != nil {
		tb.Error(err)
	}
	return b
}

func newAdmin(tb testing.TB, groups map[string]*group.Group, opts ...circuitadmin.Option) *circuitadmin.Admin {
	tb.Helper()
	admin, err := circuitadmin.New(groups, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return admin
}

func one(g *group.Group) map[string]*group.Group { return map[string]*group.Group{"orders": g} }

// calls has n calls of the key end with o.
func calls(tb testing.TB, g *group.Group, key string, n int, o circuit.Outcome) {
	tb.Helper()
	for range n {
		if permit, err := circuit.Acquire(g.Get(key)); err == nil {
			permit.Done(o)
		}
	}
}

// screen is a client without a socket, for runs in a bubble.
type screen struct {
	leave context.CancelFunc

	mu     sync.Mutex
	header http.Header
	body   bytes.Buffer
	block  chan struct{} // writes wait for it, unless nil
	ended  bool
	until  time.Time // for writes
}

// look opens a stream, and waits until its beginning was written.
func look(admin http.Handler, path string) *screen {
	ctx, cancel := context.WithCancel(context.Background())
	s := &screen{header: http.Header{}, leave: cancel}
	s.look(ctx, admin, path)
	synctest.Wait()
	return s
}

func (s *screen) look(ctx context.Context, admin http.Handler, path string) {
	go func() {
		admin.ServeHTTP(s, httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = true
	}()
}

func (s *screen) Header() http.Header { return s.header }
func (s *screen) WriteHeader(int)     {}
func (s *screen) Flush()              {}

func (s *screen) SetWriteDeadline(until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = until
	return nil
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	block, late := s.block, !time.Now().Before(s.until)
	s.mu.Unlock()
	if late {
		return 0, os.ErrDeadlineExceeded
	}
	if block != nil {
		<-block
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.body.Write(p)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.body.String()
}

func (s *screen) hasEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// ticks are those that arrived.
func (s *screen) ticks(tb testing.TB) []tick {
	tb.Helper()
	var all []tick
	for event := range strings.SplitSeq(s.text(), "\n\n") {
		if data, ok := strings.CutPrefix(event, "event: tick\ndata: "); ok {
			all = append(all, parseTick(tb, data))
		}
	}
	return all
}

// last is the tick that arrived last.
func (s *screen) last(tb testing.TB) tick {
	tb.Helper()
	all := s.ticks(tb)
	if len(all) == 0 {
		tb.Fatal("no tick arrived")
	}
	return all[len(all)-1]
}

// tick is one as a page reads it.
type tick struct {
	T       int64
	Groups  [][]any
	New     [][]any
	Gone    []float64
	Rows    [][]float64
	History map[string][][]float64
}

// The columns of a row.
const (
	id = iota
	state
	mode
	baseMode
	modeEnds
	since
	dropRatio
	inFlight
	ok
)

func parseTick(tb testing.TB, data string) (t tick) {
	tb.Helper()
	decoder := json.NewDecoder(strings.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil {
		tb.Fatalf("a tick can't be read: %v: %s", err, data)
	}
	return t
}

// events reads a real stream, one event or comment at a time.
type events struct {
	*bufio.Reader
	body io.Closer
}

func open(t *testing.T, url string) *events {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "text/event-stream; charset=utf-8" {
		t.Fatalf("%s answers %s with %q", url, resp.Status, kind)
	}
	return newEvents(resp.Body)
}

func newEvents(body io.ReadCloser) *events { return &events{bufio.NewReader(body), body} }

func (e *events) next() (string, error) {
	var event strings.Builder
	for {
		line, err := e.ReadString('\n')
		if err != nil {
			return event.String(), err
		}
		if line == "\n" && event.Len() > 0 {
			return event.String(), nil
		}
		event.WriteString(line)
	}
}
