package circuitadmin

import (
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Option changes what [New] makes. An option whose argument is nil changes nothing.
type Option func(*options)

type options struct {
	authorize func(*http.Request) (who string, err error)
	audit     func(Change)
}

func newOptions(opts []Option) options {
	var o options
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return o
}

// WithAuthorizer lets requests change modes for which authorize returns no error. It is
// called for each change, before anything else is told about it, and returns who makes
// it, for the audit. An error refuses with 403, and its text is shown to the client.
// Default: nobody may, and the page has no controls.
func WithAuthorizer(authorize func(*http.Request) (who string, err error)) Option {
	return func(o *options) {
		if authorize != nil {
			o.authorize = authorize
		}
	}
}

// WithAudit tells audit of each change after it was made, on the request's goroutine and
// before the answer. A panic in it is contained. Default: nobody is told.
func WithAudit(audit func(Change)) Option {
	return func(o *options) {
		if audit != nil {
			o.audit = audit
		}
	}
}

// Change is one change of a breaker's mode that an operator made.
type Change struct {
	At         time.Time `json:"at"`
	Who        string    `json:"who"` // as the authorizer has it
	RemoteAddr string    `json:"remoteAddr"`
	Group      string    `json:"group"`
	Key        string    `json:"key"`
	// From and To are the modes in force before and after.
	From circuit.Mode `json:"from"`
	To   circuit.Mode `json:"to"`
	// Ends is when the override will be over, zero if at no time.
	Ends time.Time `json:"ends,omitzero"`
	// Release is true where an override was ended, in place of one being set.
	Release bool `json:"release"`
}

// audited contains a panic: the change was made.
func (o *options) audited(c Change) {
	if o.audit == nil {
		return
	}
	defer func() { _ = recover() }()
	o.audit(c)
}
