package circuit

// Breaker decides whether a call may be made, and learns from how calls went.
// The shape is that of Kratos and aegis, so that either's breakers fit here and
// ours fit there.
type Breaker interface {
	// Allow admits one call, or returns an error that matches [ErrNotAllowed].
	// An admitted call is marked once; a refused one is not marked at all.
	Allow() error
	// MarkSuccess reports that an admitted call succeeded.
	MarkSuccess()
	// MarkFailed reports that an admitted call failed.
	MarkFailed()
}

// Acquirer is a Breaker that knows each admitted call by its [Permit].
type Acquirer interface {
	Breaker
	// Acquire admits one call, or returns an error that matches [ErrNotAllowed]
	// and the zero Permit.
	Acquire() (Permit, error)
}

// Acquire asks b for one admission: through [Acquirer] where b is one, else
// through Allow, in which case an ignored outcome can't be given back and marks
// nothing, and the Permit costs an allocation. A nil b guards nothing: the call is
// admitted, the Permit is zero.
func Acquire(b Breaker) (Permit, error) {
	if b == nil {
		return Permit{}, nil
	}
	if a, ok := b.(Acquirer); ok {
		return a.Acquire()
	}
	if err := b.Allow(); err != nil {
		return Permit{}, asRefusal(err)
	}
	return Permit{settler: bare{b}}, nil
}

// Unwrapper is a Breaker around another one.
type Unwrapper interface {
	Unwrap() Breaker
}

// As finds the first breaker in b's chain of [Unwrapper]s that has the
// methods of T, such as [Reporter], [Observable] or [ModeSetter].
func As[T any](b Breaker) (T, bool) {
	for b != nil {
		if t, ok := b.(T); ok {
			return t, true
		}
		u, ok := b.(Unwrapper)
		if !ok {
			break
		}
		b = u.Unwrap()
	}
	var none T
	return none, false
}

// Disabled is a breaker that admits everything and learns nothing. A factory
// returns it for a key that is not to be guarded.
type Disabled struct{}

var _ Acquirer = Disabled{}

// Allow returns nil.
func (Disabled) Allow() error { return nil }

// MarkSuccess does nothing.
func (Disabled) MarkSuccess() {}

// MarkFailed does nothing.
func (Disabled) MarkFailed() {}

// Acquire returns the zero Permit.
func (Disabled) Acquire() (Permit, error) { return Permit{}, nil }

// Snapshot returns a closed one.
func (Disabled) Snapshot() Snapshot { return Snapshot{} }
