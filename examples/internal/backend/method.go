package backend

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"

	httpstatus "github.com/go-kratos/kratos/v2/transport/http/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Method is one method of a server. It starts healthy, and is safe for
// concurrent use.
type Method struct {
	fault atomic.Pointer[Fault] // nil while healthy

	mu    sync.Mutex
	calls map[string]int // by name
}

// Heal makes the method answer.
func (m *Method) Heal() { m.fault.Store(nil) }

// Fail makes it fail with a gRPC code, which must not be OK. Over HTTP it is the
// status that Kratos maps the code to: 503 for Unavailable, 500 for Internal.
func (m *Method) Fail(code codes.Code) {
	m.fault.Store(&Fault{Code: code, Status: httpstatus.FromGRPCCode(code)})
}

// FailHTTP makes it fail with an HTTP status, 400 to 599. Over gRPC it is the
// code that Kratos maps the status to: Unavailable for 503, Internal for 500.
func (m *Method) FailHTTP(code int) {
	m.fault.Store(&Fault{Code: httpstatus.ToGRPCCode(code), Status: code})
}

// Hang makes it answer nothing until its caller leaves or the server stops,
// whichever comes first. Calls that hang go on doing so after Heal.
func (m *Method) Hang() {
	m.fault.Store(&Fault{Code: codes.Unavailable, Status: http.StatusServiceUnavailable, hangs: true})
}

// Calls is the number of calls that reached the method so far, failed and
// hanging ones included.
func (m *Method) Calls() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for calls := range maps.Values(m.calls) {
		n += calls
	}
	return n
}

// CallsBy is the part of [Method.Calls] whose request had that name, which tells
// two clients apart.
func (m *Method) CallsBy(name string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[name]
}

// reached counts a call, and returns nil or the fault that it meets.
func (m *Method) reached(ctx context.Context, name string, stopping <-chan struct{}) error {
	m.mu.Lock()
	if m.calls == nil {
		m.calls = map[string]int{}
	}
	m.calls[name]++
	m.mu.Unlock()

	fault := m.fault.Load()
	if fault == nil {
		return nil
	}
	if fault.hangs {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-stopping:
		}
	}
	return fault
}

// Fault is how a method fails, as an error that gRPC knows the code of.
type Fault struct {
	Code   codes.Code // over gRPC
	Status int        // over HTTP
	hangs  bool
}

// Error names code and status.
func (f *Fault) Error() string {
	return fmt.Sprintf("backend: fault switched on: %v, HTTP %d", f.Code, f.Status)
}

// GRPCStatus is what package status looks for.
func (f *Fault) GRPCStatus() *status.Status { return status.New(f.Code, f.Error()) }
