package engines

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/afex/hystrix-go/hystrix"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// hystrixGo is those of its settings that concern the circuit; callers here keep
// time themselves, and its pool of 10 calls at once would be another protection.
type hystrixGo struct {
	RequestVolumeThreshold int      `json:"requestVolumeThreshold"`
	SleepWindow            duration `json:"sleepWindow"`
	ErrorPercentThreshold  int      `json:"errorPercentThreshold"`
}

// The defaults of the library.
var hystrixGoDefaults = hystrixGo{RequestVolumeThreshold: 20, SleepWindow: duration(5 * time.Second), ErrorPercentThreshold: 50}

func (hystrixGo) about() string { return "circuit alone, without its timeout and pool" }

func (c hystrixGo) check(b *bounds) {
	count(b, "requestVolumeThreshold", c.RequestVolumeThreshold, 1)
	between(b, "sleepWindow", c.SleepWindow, duration(time.Millisecond), duration(24*time.Hour))
	b.that(c.SleepWindow%duration(time.Millisecond) == 0, "sleepWindow", c.SleepWindow, "must be in whole milliseconds")
	between(b, "errorPercentThreshold", c.ErrorPercentThreshold, 1, 100)
}

// circuits counts the circuits of this process, for their names: the library
// keeps them all in one registry.
var circuits atomic.Int64

func (c hystrixGo) breaker() circuit.Breaker {
	name := fmt.Sprintf("lab %d", circuits.Add(1))
	hystrix.ConfigureCommand(name, hystrix.CommandConfig{
		RequestVolumeThreshold: c.RequestVolumeThreshold,
		SleepWindow:            int(time.Duration(c.SleepWindow).Milliseconds()),
		ErrorPercentThreshold:  c.ErrorPercentThreshold,
	})
	made, _, _ := hystrix.GetCircuit(name) // its error is always nil
	return &reporter{circuit: made}
}

// reporter is a hystrix-go circuit. It hears of results through a channel, read
// by a goroutine of its own.
type reporter struct {
	circuit  *hystrix.CircuitBreaker
	reported time.Time
}

func (r *reporter) Allow() error {
	r.settle()
	if !r.circuit.AllowRequest() {
		return circuit.ErrNotAllowed
	}
	return nil
}

func (r *reporter) MarkSuccess() { r.report("success") }
func (r *reporter) MarkFailed()  { r.report("failure") }

func (r *reporter) report(event string) {
	r.settle()
	r.reported = time.Now()
	if err := r.circuit.ReportEvent([]string{event}, r.reported, 0); err != nil {
		panic(err) // the channel can't be full: it has been read
	}
}

// settle waits until the last report has been read. When time has gone on since,
// it has: in a bubble, time waits for all goroutines.
func (r *reporter) settle() {
	if r.reported.Equal(time.Now()) {
		synctest.Wait()
	}
}

// Close ends the circuit's two goroutines. The library has no way to do so: they
// read two channels, in unexported fields, until these are closed. Both fields are
// emptied, since the library's registry keeps the circuit for ever.
func (r *reporter) Close() error {
	of := reflect.ValueOf(r.circuit).Elem()
	metrics, pool := unlocked(of.FieldByName("metrics")), unlocked(of.FieldByName("executorPool"))
	if metrics.IsNil() {
		return nil
	}
	metrics.Elem().FieldByName("Updates").Close()
	pool.Elem().FieldByName("Metrics").Elem().FieldByName("Updates").Close()
	metrics.SetZero()
	pool.SetZero()
	return nil
}

// unlocked is a field that reflect lets nobody change, made changeable.
func unlocked(field reflect.Value) reflect.Value {
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem() //nolint:gosec // the type is the field's own
}
