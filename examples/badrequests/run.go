package main

import (
	"context"
	"errors"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// line is what became of a number of calls that ended alike.
type line struct {
	times      int
	what, kind string
	status     int
	text       string
}

type report struct {
	lines            []line
	stats            hystrix.Stats
	afterBadRequests circuit.Counts // the breaker's
	total            circuit.Counts // the same, in the end
	states           []circuit.State
}

// shop asks the catalogue, and writes down how that went.
type shop struct {
	catalogue catalogue
	breaker   *hystrix.Breaker
	command   *hystrix.Command
	report    report
}

// run makes calls of each kind, one kind after the other.
func run(ctx context.Context) (report, error) {
	b, err := hystrix.New(settings)
	if err != nil {
		return report{}, err
	}
	command, err := hystrix.NewCommand("offers", b, limits)
	if err != nil {
		return report{}, err
	}
	s := &shop{breaker: b, command: command, report: report{states: []circuit.State{circuit.Closed}}}
	b.Observe(func(e circuit.Event) { s.report.states = append(s.report.states, e.To) })

	s.badRequests(ctx)
	s.timeouts(ctx)
	s.crowd(ctx)
	s.failures(ctx)

	s.report.stats, s.report.total = command.Stats(), b.Snapshot().Total
	return s.report, nil
}

func (s *shop) find(ctx context.Context, id string, fallback func(context.Context, error) error) error {
	return s.command.Do(ctx, func(ctx context.Context) error { return s.catalogue.find(ctx, id) }, fallback)
}

func (s *shop) note(times int, what string, err error) {
	s.report.lines = append(s.report.lines, line{times, what, kind(err), status(err), text(err)})
}

// badRequests would open the circuit 200 times over, if they counted.
func (s *shop) badRequests(ctx context.Context) {
	var err error
	for range 1000 {
		err = s.find(ctx, "", cold)
	}
	s.note(1000, "no id, and a fallback that doesn't run", err)
	s.report.afterBadRequests = s.breaker.Snapshot().Total
	s.note(1, "an id", s.find(ctx, "42", nil))
}

func (s *shop) timeouts(ctx context.Context) {
	s.catalogue.takes = 40 * time.Millisecond
	s.note(1, "the catalogue takes 40 ms", s.find(ctx, "42", nil))
	s.note(1, "the same with a fallback", s.find(ctx, "42", cold))

	ctx, cancel := context.WithCancel(ctx)
	defer time.AfterFunc(limits.Timeout/4, cancel).Stop()
	s.note(1, "the caller leaves, and the fallback doesn't run", s.find(ctx, "42", cold))
	for s.command.Stats().InFlight > 0 { // runs that outlived their calls hold their places
		time.Sleep(time.Millisecond)
	}
	s.catalogue.takes = 0
}

// crowd has three calls in flight, and a fallback, when others come.
func (s *shop) crowd(ctx context.Context) {
	entered, leave, ended := make(chan bool), make(chan bool), make(chan error)
	stay := func() {
		entered <- true
		<-leave
	}
	if err := s.command.Update(hystrix.CommandConfig{ // or a slow machine would see timeouts here
		MaxConcurrent: limits.MaxConcurrent, MaxConcurrentFallbacks: limits.MaxConcurrentFallbacks,
	}); err != nil {
		panic(err)
	}
	for range limits.MaxConcurrent {
		go func() { ended <- s.command.Do(ctx, func(context.Context) error { stay(); return nil }, nil) }()
		<-entered
	}
	s.note(1, "a 4th call", s.find(ctx, "42", nil))
	go func() { ended <- s.find(ctx, "42", func(context.Context, error) error { stay(); return nil }) }()
	<-entered
	s.note(1, "a 5th, while the fallback of another one runs", s.find(ctx, "42", cold))
	close(leave)
	var errs []error
	for range limits.MaxConcurrent + 1 {
		errs = append(errs, <-ended)
	}
	s.note(len(errs), "the 3 calls before, and the one with a fallback", errors.Join(errs...))
}

func (s *shop) failures(ctx context.Context) {
	s.catalogue.down = true
	var err error
	for range settings.ConsecutiveFailures {
		err = s.find(ctx, "42", nil)
	}
	s.note(settings.ConsecutiveFailures, "the catalogue is down", err)
	s.note(1, "the circuit is open", s.find(ctx, "42", nil))
	s.note(1, "the same with a fallback", s.find(ctx, "42", cold))
}

// cold is a fallback that always has an offer.
func cold(context.Context, error) error { return nil }
