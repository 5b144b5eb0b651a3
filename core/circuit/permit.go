package circuit

// Permit is the admission of one call. Settle it once, by whichever of its
// methods fits; a second time counts as a second call would, save for probes,
// which count once. It is a value and costs no allocation, save for one in [Acquire]
// where the breaker is no [Acquirer]. The zero Permit records nothing. A permit that
// is never settled expires, and holds nothing up meanwhile, save for a probe's,
// which keeps its place until then.
type Permit struct { // of four words at most, or it would not be passed in registers
	settler Settler
	token   uint64
}

// Settler is the part of an engine that takes the outcomes of its permits.
type Settler interface {
	// Settle takes the outcome of the call that was admitted under token. An
	// [Outcome] that it does not know is to be taken for a Failure.
	Settle(token uint64, o Outcome)
}

// NewPermit makes the permit that an engine hands out; token is the engine's
// own, and comes back unchanged.
func NewPermit(s Settler, token uint64) Permit {
	return Permit{settler: s, token: token}
}

// Success reports that the call succeeded.
func (p Permit) Success() { p.Done(Success) }

// Failure reports that the call failed.
func (p Permit) Failure() { p.Done(Failure) }

// Ignore gives the admission back, judged neither way.
func (p Permit) Ignore() { p.Done(Ignored) }

// Done settles the permit with o.
func (p Permit) Done(o Outcome) {
	if p.settler != nil {
		p.settler.Settle(p.token, o)
	}
}

// bare is the settler of a breaker that knows no permits.
type bare struct{ Breaker }

func (b bare) Settle(_ uint64, o Outcome) {
	switch o {
	case Ignored:
	case Success:
		b.MarkSuccess()
	default:
		b.MarkFailed()
	}
}
