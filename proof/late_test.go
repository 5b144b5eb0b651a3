package proof_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// A refusal on a lease of so many of them, while another goroutine held the lock and
// had taken the others from its count, was one too many.
func TestProbeThatIsDueAgainstSnapshot(t *testing.T) {
	played(t, func() bool {
		b := must(credit.New(credit.Config{Depth: 1, ProbeInterval: time.Hour}))
		b.MarkFailed()
		if b.Allow() == nil {
			t.Fatal("the first call is admitted") // the second is the first probe
		}
		refused := false
		atOnce(func() { b.Snapshot() }, func() { refused = b.Allow() != nil })
		return refused
	}, "the call that was to be a probe is refused")
}

// A success without a permit, on a lease, was old news if the breaker opened
// meanwhile: though it counts while open, and did not before.
func TestMarkSuccessAgainstOpening(t *testing.T) {
	played(t, func() bool {
		b := must(sre.New(sre.Config{K: 1.1, MinRequests: 1}))
		for range 3 {
			b.MarkFailed()
		}
		atOnce(b.MarkSuccess, func() { _ = b.Allow() })
		return b.Snapshot().Window.Successes != 1
	}, "the window lacks the success")
}
