package hystrix

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// ErrNoReturn is what [WithAfter] hears of a run that did not return, but panicked or
// ended its goroutine by [runtime.Goexit]. No call returns it.
var ErrNoReturn = errors.New("hystrix: run did not return")

// PanicError is a panic of a run that had a goroutine of its own. It is an
// [ErrNoReturn], and Value where that is an error.
type PanicError struct {
	Value any
	Stack []byte // of the goroutine that panicked, as by [debug.Stack]
}

// Error is the value and the stack.
func (p *PanicError) Error() string {
	return fmt.Sprintf("hystrix: run panicked: %v\n\n%s", p.Value, p.Stack)
}

// Is reports whether target is [ErrNoReturn].
func (p *PanicError) Is(target error) bool { return target == ErrNoReturn }

// Unwrap returns Value where that is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// noReturn is the error of a run that ended with what recover returned: nil means that
// it was no panic.
func noReturn(recovered any) error {
	if recovered == nil {
		return ErrNoReturn
	}
	return &PanicError{Value: recovered, Stack: debug.Stack()}
}

// unwind ends the caller's goroutine as run ended its own. Of a panic, recover gets the
// value that it would have got from run; nobody does, the process prints both panics, the
// first of which has the stack of run.
func unwind(how error) {
	p, ok := errors.AsType[*PanicError](how)
	if !ok {
		runtime.Goexit()
	}
	defer panic(p.Value)
	panic(p)
}
