package proof_test

import (
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// subject is a breaker in a history, whose settings are known by number.
type subject interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.ModeSetter
	circuit.AdmissionCounter
	Change(config int)
}

type verb uint8

const (
	acquire verb = iota
	settle
	allow
	mark
	setMode
	override
	release
	change
	count
	snapshot
	sleep
)

// op is an operation. Its number is that of the permit which it gets, too.
type op struct {
	verb    verb
	number  int
	permit  int // to settle
	outcome circuit.Outcome
	mode    circuit.Mode
	config  int
	step    time.Duration // that passes, or the duration of an override
	yield   bool          // to other goroutines before it
	quiet   bool          // nothing else runs
}

// answer is what the breaker said.
type answer struct {
	ok    bool
	shown circuit.Snapshot
	since time.Duration // in place of the times in shown
	ends  time.Duration // 0 for never
}

// String is how an operation is shown in a counterexample.
func (o op) String() string {
	switch o.verb {
	case acquire:
		return fmt.Sprintf("Acquire #%d", o.number)
	case settle:
		return fmt.Sprintf("#%d is a %s", o.permit, o.outcome)
	case allow:
		return "Allow"
	case mark:
		return fmt.Sprintf("Mark %s", o.outcome)
	case setMode:
		return fmt.Sprintf("SetMode %s", o.mode)
	case override:
		return fmt.Sprintf("Override %s for %v", o.mode, o.step)
	case release:
		return "Release"
	case count:
		return "CountAdmissions"
	case change:
		return fmt.Sprintf("Update to config %d", o.config)
	case snapshot:
		return "Snapshot"
	default:
		return fmt.Sprintf("%v pass", o.step)
	}
}

func describe(in, out any) string {
	o, a := in.(op), out.(answer)
	switch o.verb {
	case acquire, allow:
		if a.ok {
			return o.String() + ": admitted"
		}
		return o.String() + ": refused"
	case snapshot:
		return fmt.Sprintf("Snapshot: %s, %s over %s until %v, since %v, window %+v, total %+v, admitted %d, in flight %d, drop %.3g, probes %d, retry after %v, deficit %v, credit %v, next probe %d",
			a.shown.State, a.shown.Mode, a.shown.BaseMode, a.ends, a.since, a.shown.Window, a.shown.Total, a.shown.Admitted, a.shown.InFlight, a.shown.DropRatio,
			a.shown.Probes, a.shown.RetryAfter, a.shown.Deficit, a.shown.Credit, a.shown.NextProbe)
	default:
		return o.String()
	}
}
