package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpc"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
	"github.com/go-fusebox/fusebox/gozero"
)

// statuses are those that the backend answers with.
var statuses = []int{200, 400, 404, 409, 429, 500, 501, 502, 503, 504}

// answer is one that is not 200.
type answer struct {
	status     int
	retryAfter string // the header, empty where there is none
}

func (a answer) Error() string {
	if a.retryAfter == "" {
		return strconv.Itoa(a.status)
	}
	return strconv.Itoa(a.status) + ", Retry-After " + a.retryAfter
}

// newService makes an httpc service without go-zero's own breaker, which is
// switched off by the service's name; with breakers, they are ours.
func newService(name string, breakers *group.Group) httpc.Service {
	breaker.NoBreakerFor(name)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	client := &http.Client{Transport: transport}
	if breakers != nil {
		client.Transport = gozero.NewTransport(transport,
			gozero.WithGroup(breakers),
			// Both methods of the backend are on one host: a breaker for each.
			gozero.WithRequestKey(func(r *http.Request) string { return r.Method + " " + r.URL.Host + r.URL.Path }))
	}
	return httpc.NewServiceWithClient(name, client)
}

// startGuardedREST starts a REST server with our middleware.
func startGuardedREST(addr string, breakers *group.Group) (*backend.Server, error) {
	return backend.StartREST(addr, func(s *rest.Server) {
		s.Use(gozero.Middleware(gozero.WithGroup(breakers)))
	})
}

// runREST tries the statuses: with breakers under httpc, and in the REST server.
// Empty addresses are free ports.
func runREST(ctx context.Context, plainAddr, guardedAddr string) ([]row, error) {
	ofClient, ofServer := newGroup(), newGroup()
	plain, err := backend.StartREST(plainAddr, nil) //nolint:contextcheck // a server ends by Stop, not by a ctx
	if err != nil {
		return nil, err
	}
	defer plain.Stop()
	guarded, err := startGuardedREST(guardedAddr, ofServer) //nolint:contextcheck // a server ends by Stop, not by a ctx
	if err != nil {
		return nil, err
	}
	defer guarded.Stop()

	lanes := []lane{
		restLane("httpc", newService("guarded", ofClient), plain, ofClient),
		restLane("REST server", newService("plain", nil), guarded, ofServer),
	}
	var rows []row
	for _, code := range statuses {
		for _, l := range lanes {
			if l.failing.Heal(); code != http.StatusOK {
				l.failing.FailHTTP(code)
			}
		}
		r, err := tryAll(ctx, strconv.Itoa(code), lanes)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func restLane(name string, service httpc.Service, server *backend.Server, breakers *group.Group) lane {
	get := func(path string) func(context.Context) error {
		return func(ctx context.Context) error {
			resp, err := service.Do(ctx, http.MethodGet, server.URL()+path, nil)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				return err
			}
			if resp.StatusCode != http.StatusOK {
				return answer{resp.StatusCode, resp.Header.Get("Retry-After")}
			}
			return nil
		}
	}
	return lane{name, breakers, &server.Hello, get("/hello/go-zero"), get("/goodbye/go-zero"), httpKind}
}

// httpKind: under httpc a refusal is an error, from a server it is an answer.
func httpKind(err error) string {
	if _, ok := errors.AsType[*gozero.Refusal](err); ok {
		return "gozero.Refusal"
	}
	return err.Error()
}
