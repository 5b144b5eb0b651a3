package circuitadmin_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
)

// serve runs handler on a real server, which set may change before.
func serve(t *testing.T, handler http.Handler, set func(*http.Server)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	if set != nil {
		set(server.Config)
	}
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// wantTicks reads n ticks.
func wantTicks(t *testing.T, stream *events, n int) {
	t.Helper()
	for got := 0; got < n; {
		event, err := stream.next()
		if err != nil {
			t.Fatalf("the stream ended after %d ticks: %v", got, err)
		}
		if strings.HasPrefix(event, "event: tick\n") {
			got++
		}
	}
}

// A server's timeout for writing ended streams.
func TestStreamOutlastsTimeouts(t *testing.T) {
	t.Parallel()
	short := 300 * time.Millisecond
	server := serve(t, newAdmin(t, one(newGroup(t))), func(s *http.Server) {
		s.ReadTimeout, s.WriteTimeout, s.ReadHeaderTimeout, s.IdleTimeout = short, short, short, short
	})
	wantTicks(t, open(t, server.URL+"/stream"), 4)
}

// timeout gives each request's context a deadline, as Kratos does.
func timeout(next http.Handler, d time.Duration, done chan<- struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), d)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
		done <- struct{}{}
	})
}

func TestStreamOutlastsTheContextsDeadline(t *testing.T) {
	t.Parallel()
	done := make(chan struct{}, 1)
	server := serve(t, timeout(newAdmin(t, one(newGroup(t))), 100*time.Millisecond, done), nil)
	stream := open(t, server.URL+"/stream")
	wantTicks(t, stream, 3)
	stream.body.Close()
	select { // by a write that fails, since the context can't tell any more
	case <-done:
	case <-time.After(patience):
		t.Error("the client left, and the stream goes on")
	}
}

func TestStreamEndsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	done := make(chan struct{}, 1)
	server := serve(t, timeout(newAdmin(t, one(newGroup(t))), time.Hour, done), nil)
	stream := open(t, server.URL+"/hystrix.stream")
	if event, err := stream.next(); event != "ping: \n" || err != nil {
		t.Errorf("without a breaker the stream begins with %q, %v", event, err)
	}
	stream.body.Close()
	select {
	case <-done:
	case <-time.After(patience):
		t.Error("the client left, and the stream goes on")
	}
}

// Shutdown waited for open pages until its own time was over.
func TestShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	admin := newAdmin(t, one(newGroup(t)))
	server, other := serve(t, admin, nil), serve(t, admin, nil)
	stream, stays := open(t, server.URL+"/stream"), open(t, other.URL+"/stream")
	wantTicks(t, stream, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	defer time.AfterFunc(2*patience, server.CloseClientConnections).Stop() // or a failure would take forever
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Error("Shutdown waited for a stream:", err)
	}
	for {
		if _, err := stream.next(); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error("the stream ended with", err)
			}
			break
		}
	}
	wantTicks(t, stays, 2)
}

// A request that comes while the server shuts down is no stream any more.
func TestStreamThatBeginsDuringShutdown(t *testing.T) {
	t.Parallel()
	admin := newAdmin(t, one(newGroup(t)))
	held, late := make(chan struct{}), make(chan struct{})
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "late" {
			close(held)
			<-late
		}
		admin.ServeHTTP(w, r)
	}), nil)
	stream := open(t, server.URL+"/stream")
	ended := make(chan error, 1)
	go func() {
		resp, err := http.Get(server.URL + "/stream?late")
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		ended <- err
	}()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	defer time.AfterFunc(2*patience, server.CloseClientConnections).Stop() // or a failure would take forever
	down := make(chan error, 1)
	go func() { down <- server.Config.Shutdown(ctx) }()
	for {
		if _, err := stream.next(); err != nil {
			break
		}
	}
	close(late)
	if err := <-down; err != nil {
		t.Error("Shutdown waited for a stream:", err)
	}
	if err := <-ended; err != nil {
		t.Error("the request that was under way got", err)
	}
}

func TestStreamWithoutFlush(t *testing.T) {
	for _, path := range []string{"/stream", "/hystrix.stream"} {
		recorder := httptest.NewRecorder()
		mute := struct{ http.ResponseWriter }{recorder} // which has no Flush
		newAdmin(t, one(newGroup(t))).ServeHTTP(mute, httptest.NewRequest(http.MethodGet, path, nil))
		kind := recorder.Header().Get("Content-Type")
		if recorder.Code != http.StatusInternalServerError || !strings.Contains(recorder.Body.String(), "can't stream") || strings.Contains(kind, "event") {
			t.Errorf("%s answers %d %q %q, want 500 and why", path, recorder.Code, kind, recorder.Body)
		}
	}
}

func TestStreamBehindTimeoutHandler(t *testing.T) {
	t.Parallel()
	server := serve(t, http.TimeoutHandler(newAdmin(t, one(newGroup(t))), patience, ""), nil)
	resp, err := http.Get(server.URL + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), "can't stream") {
		t.Errorf("answers %s %q", resp.Status, body)
	}
}

func TestStreamOverHTTP2(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.StripPrefix("/breakers", newAdmin(t, one(newGroup(t)))))
	server.EnableHTTP2 = true
	server.Config.WriteTimeout = 300 * time.Millisecond
	server.StartTLS()
	defer server.Close()
	resp, err := server.Client().Get(server.URL + "/breakers/stream")
	if err != nil {
		t.Fatal(err)
	}
	if resp.ProtoMajor != 2 {
		t.Fatal("the test is of", resp.Proto)
	}
	defer resp.Body.Close()
	wantTicks(t, newEvents(resp.Body), 3)
}

var _ http.Handler = (*circuitadmin.Admin)(nil)
