package gozero_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/router"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/gozero"
)

// Rules 1 and 14 on a REST server: one route fails, and it alone is refused, by a
// 503 that says when to come back.
func TestRule1And14_FailingRouteIsRefusedAlone(t *testing.T) {
	g := group.New(tripping)
	url := serveREST(t, func(s *rest.Server) {
		s.Use(gozero.Middleware(gozero.WithGroup(g)))
		s.AddRoutes([]rest.Route{
			{Method: http.MethodGet, Path: "/users/:id", Handler: answer},
			{Method: http.MethodPost, Path: "/users/:id", Handler: answer},
			{Method: http.MethodGet, Path: "/orders", Handler: answer},
		}, rest.WithPrefix("/v1"))
	})
	for i := range 10 {
		if status, _ := get(t, url+"/v1/users/"+strconv.Itoa(i)+"?status=500"); status != http.StatusInternalServerError {
			t.Fatalf("request %d: %d, want the handler's own 500", i, status)
		}
	}
	status, header := get(t, url+"/v1/users/11")
	if after, err := strconv.Atoi(header.Get("Retry-After")); status != http.StatusServiceUnavailable || err != nil || after < 3599 {
		t.Errorf("refused by %d, Retry-After %q; want 503 and about 3600", status, header.Get("Retry-After"))
	}
	if status, _ := get(t, url+"/v1/orders"); status != http.StatusOK {
		t.Errorf("the healthy route beside it: %d", status)
	}
	wantCounts(t, g, "GET:///v1/users/:id", circuit.Counts{Failures: 10, Refused: 1})
	wantCounts(t, g, "GET:///v1/orders", circuit.Counts{Successes: 1})
	if found := keys(g); len(found) != 2 {
		t.Errorf("keys %v, want the two routes", found)
	}
}

// Rule 5 on a REST server, by the statuses at the edges of the table.
func TestRule5_RESTStatuses(t *testing.T) {
	g := group.New(tripping)
	url := serveREST(t, func(s *rest.Server) {
		s.Use(gozero.Middleware(gozero.WithGroup(g)))
		s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/", Handler: answer})
	})
	for status, want := range map[int]circuit.Counts{
		200: {Successes: 1}, 204: {Successes: 1}, 404: {Successes: 1}, 501: {Successes: 1},
		429: {Failures: 1, Overloads: 1}, 500: {Failures: 1}, 503: {Failures: 1}, 599: {Failures: 1},
		499: {Ignored: 1},
	} {
		g.Remove("GET:///")
		if got, _ := get(t, url+"/?status="+strconv.Itoa(status)); got != status {
			t.Errorf("got %d, want %d", got, status)
		}
		wantCounts(t, g, "GET:///", want)
	}
}

func TestRESTPanicIsAFailure(t *testing.T) {
	g := group.New(tripping)
	url := serveREST(t, func(s *rest.Server) {
		s.Use(gozero.Middleware(gozero.WithGroup(g)))
		s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/", Handler: func(http.ResponseWriter, *http.Request) { panic("boom") }})
	})
	if status, _ := get(t, url); status != http.StatusInternalServerError {
		t.Errorf("%d, want go-zero's 500", status)
	}
	wantCounts(t, g, "GET:///", circuit.Counts{Failures: 1})
}

// go-zero's timeout answers 503 while the handler goes on: a failure, whatever the
// handler then writes that nobody sees.
func TestRESTHandlerPastItsDeadlineIsAFailure(t *testing.T) {
	for _, late := range []int{http.StatusOK, http.StatusNotFound, http.StatusInternalServerError} {
		g, release := group.New(tripping), make(chan struct{})
		url := serveREST(t, func(s *rest.Server) {
			s.Use(gozero.Middleware(gozero.WithGroup(g)))
			s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/", Handler: func(w http.ResponseWriter, _ *http.Request) {
				<-release
				w.WriteHeader(late)
			}}, rest.WithTimeout(50*time.Millisecond))
		})
		if status, _ := get(t, url); status != http.StatusServiceUnavailable {
			t.Errorf("%d, want go-zero's 503", status)
		}
		close(release)
		wantCounts(t, g, "GET:///", circuit.Counts{Failures: 1})
	}
}

// Rule 4: the caller hangs up, and the handler's 500 is not its backend's fault.
func TestRule4_RESTCallerWhoLeftIsIgnored(t *testing.T) {
	g, arrived := group.New(tripping), make(chan struct{})
	url := serveREST(t, func(s *rest.Server) {
		s.Use(gozero.Middleware(gozero.WithGroup(g)))
		s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/", Handler: func(w http.ResponseWriter, r *http.Request) {
			close(arrived)
			<-r.Context().Done()
			w.WriteHeader(http.StatusInternalServerError)
		}})
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	must(t, err)
	if resp, err := client.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Fatal("the call came back")
	}
	wantCounts(t, g, "GET:///", circuit.Counts{Ignored: 1})
}

// Rule 15: server-sent events flow through the middleware as they are flushed,
// and the stream is judged when it ends.
func TestRule15_ServerSentEventsFlowAndAreJudgedAtTheEnd(t *testing.T) {
	g, proceed := group.New(tripping), make(chan struct{})
	url := serveREST(t, func(s *rest.Server) {
		s.Use(gozero.Middleware(gozero.WithGroup(g)))
		s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/events", Handler: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "data: 1\n\n")
			w.(http.Flusher).Flush()
			<-proceed
			_, _ = fmt.Fprint(w, "data: 2\n\n")
		}}, rest.WithSSE())
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/events", http.NoBody)
	must(t, err)
	req.Header.Set("Accept", "text/event-stream")
	resp, err := client.Do(req)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	events := bufio.NewScanner(resp.Body)
	if !events.Scan() || events.Text() != "data: 1" {
		t.Fatalf("first event %q, %v", events.Text(), events.Err())
	}
	if got := total(g, "GET:///events"); got != (circuit.Counts{}) {
		t.Errorf("judged in midstream: %+v", got)
	}
	close(proceed)
	for events.Scan() && events.Text() != "data: 2" {
		continue // over the empty line
	}
	wantCounts(t, g, "GET:///events", circuit.Counts{Successes: 1})
}

// Per route, by the name that it is given, and with options of its own.
func TestRouteMiddleware(t *testing.T) {
	g := group.New(tripping)
	url := serveREST(t, func(s *rest.Server) {
		guarded := rest.Route{Method: http.MethodGet, Path: "/hello/:name", Handler: answer}
		s.AddRoutes(rest.WithMiddleware(gozero.RouteMiddleware(guarded.Method, guarded.Path, gozero.WithGroup(g)), guarded))
		s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/free", Handler: answer})
	})
	for range 12 {
		get(t, url+"/hello/world?status=500")
		get(t, url+"/free?status=500")
	}
	wantCounts(t, g, "GET:///hello/:name", circuit.Counts{Failures: 10, Refused: 2})
	if found := keys(g); len(found) != 1 {
		t.Errorf("keys %v, want the one guarded route", found)
	}
}

func TestRESTFallbackAndKey(t *testing.T) {
	g := group.New(forcedOpen)
	url := serveREST(t, func(s *rest.Server) {
		s.Use(gozero.Middleware(gozero.WithGroup(g),
			gozero.WithRequestKey(func(r *http.Request) string { return r.Header.Get("Tenant") + "all" }),
			gozero.WithRequestFallback(func(_ *http.Request, err error) (*http.Response, error) {
				wantRefusal(t, err)
				return &http.Response{StatusCode: http.StatusTeapot}, nil
			})))
		s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/", Handler: answer})
	})
	if status, _ := get(t, url); status != http.StatusTeapot {
		t.Errorf("%d, want the fallback's 418", status)
	}
	wantCounts(t, g, "all", circuit.Counts{Refused: 1})
}

// The names of routes, through go-zero's own router: whatever callers ask for,
// nothing that they made up gets into a name, but for paths outside of a router.
func TestRouteNames(t *testing.T) {
	for _, test := range []struct{ route, path, want string }{
		{"/", "/", "/"},
		{"/users", "/users/", "/users"},
		{"/users/:id", "/users/17", "/users/:id"},
		{"/users/:id/orders/:order", "/users/17/orders/4", "/users/:id/orders/:order"},
		{"/:a/:b", "/same/same", "/:a/:b"},
		{"/users/:id", "/users/users", "/users/:id"},
		{"/users/:id", "/users/:id", "/users/:id"},
		{"/users/:id", "/users/a%20b", "/users/:id"},
		{"/:tenant/users", "/users/users", "/users/:tenant"}, // as documented
	} {
		g := group.New(tripping)
		r := router.NewRouter()
		guarded := gozero.Middleware(gozero.WithGroup(g))(answer)
		must(t, r.Handle(http.MethodGet, test.route, guarded))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://host"+test.path, http.NoBody)
		must(t, err)
		r.ServeHTTP(discard{http.Header{}}, req)
		if found, want := keys(g), map[string]bool{"GET://" + test.want: true}; !maps.Equal(found, want) {
			t.Errorf("%s asked for as %s is named %v, want %v", test.route, test.path, found, want)
		}
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
