package circuit_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// clerk is an Acquirer that writes down what it is told, and refuses with
// refusal where that is set.
type clerk struct {
	refusal error

	mu       sync.Mutex
	admitted uint64
	settled  []circuit.Outcome
	tokens   []uint64
}

func (c *clerk) Acquire() (circuit.Permit, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusal != nil {
		return circuit.Permit{}, c.refusal
	}
	c.admitted++
	return circuit.NewPermit(c, c.admitted), nil
}

func (c *clerk) Settle(token uint64, o circuit.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = append(c.settled, o)
	c.tokens = append(c.tokens, token)
}

func (c *clerk) Allow() error { panic("Allow was called on an Acquirer") }
func (c *clerk) MarkSuccess() { panic("MarkSuccess was called on an Acquirer") }
func (c *clerk) MarkFailed()  { panic("MarkFailed was called on an Acquirer") }

// wants fails the test unless the calls so far were settled as told.
func (c *clerk) wants(t *testing.T, want ...circuit.Outcome) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.settled, want) {
		t.Errorf("settled as %v, want %v", c.settled, want)
	}
}

// bareClerk knows the three methods alone.
type bareClerk struct {
	refusal error
	marks   []string
}

func (b *bareClerk) Allow() error {
	b.marks = append(b.marks, "allow")
	return b.refusal
}
func (b *bareClerk) MarkSuccess() { b.marks = append(b.marks, "success") }
func (b *bareClerk) MarkFailed()  { b.marks = append(b.marks, "failed") }

func (b *bareClerk) wants(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(b.marks, want) {
		t.Errorf("the breaker was told %v, want %v", b.marks, want)
	}
}

var (
	errBackend = errors.New("backend is down")
	errForeign = errors.New("a refusal of another library")
)
