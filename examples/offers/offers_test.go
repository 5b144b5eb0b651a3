package main

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/examples/internal/memnet"
)

const (
	hotOffer  = `{"kind":"hot","text":"This year's coat, 40 % off"}`
	coldOffer = `{"kind":"cold","text":"Last year's coat, 10 % off"}`
)

// play is a run over real HTTP servers and clients, on connections in memory: so the time
// is the bubble's and the numbers exact. The bubble ends only when no goroutine is left.
func play(t *testing.T, plan []moment) (r report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		toPartner, toService := memnet.Listen(), memnet.Listen()
		var err error
		r, err = run(t.Context(), io.Discard, link{toPartner, toPartner.DialContext}, link{toService, toService.DialContext}, plan)
		if err != nil {
			t.Fatal(err)
		}
	})
	return r
}

func TestHotThenColdThenHotAgain(t *testing.T) {
	r := play(t, plan)
	want := []step{
		{0, hotOffer, `{"state":"closed","failures":0}`, 1},
		{500 * ms, coldOffer, `{"state":"closed","failures":1}`, 2},
		{1000 * ms, coldOffer, `{"state":"closed","failures":2}`, 3},
		{1500 * ms, coldOffer, `{"state":"open","failures":3}`, 4},
		{2000 * ms, coldOffer, `{"state":"open","failures":3}`, 4}, // the partner gets no call
		{2500 * ms, coldOffer, `{"state":"open","failures":3}`, 4}, // nor when it is back
		{16000 * ms, coldOffer, `{"state":"open","failures":3}`, 4},
		{17000 * ms, hotOffer, `{"state":"half-open","failures":3}`, 5},
		{17500 * ms, hotOffer, `{"state":"closed","failures":0}`, 6},
		{18000 * ms, hotOffer, `{"state":"closed","failures":0}`, 7},
	}
	if !reflect.DeepEqual(r.steps, want) {
		t.Errorf("got\n%+v\nwant\n%+v", r.steps, want)
	}
	heard := `the partner is asked
the partner is asked
failed: partner: 500 Internal Server Error
the partner is asked
failed: partner: 500 Internal Server Error
the partner is asked
closed → open: consecutive failures
failed: partner: 500 Internal Server Error
open → half-open: sleep window over
the partner is asked
the partner is asked
half-open → closed: probes succeeded
the partner is asked`
	if got := strings.Join(r.heard, "\n"); got != heard {
		t.Errorf("the listeners heard\n%s\nwant\n%s", got, heard)
	}
}

// The third failure is at 200 ms, and 15 s later the circuit lets a call through; not 1 ns
// earlier. It fails, and another 15 s begin.
func TestResetAfterFifteenSeconds(t *testing.T) {
	const reset = 15 * time.Second
	r := play(t, []moment{
		{0, true}, {100 * ms, true}, {200 * ms, true},
		{200*ms + reset - 1, true}, {200*ms + reset, true},
		{200*ms + 2*reset - 1, false}, {200*ms + 2*reset, false}, {200*ms + 2*reset, false},
	})
	want := []step{
		{0, coldOffer, `{"state":"closed","failures":1}`, 1},
		{100 * ms, coldOffer, `{"state":"closed","failures":2}`, 2},
		{200 * ms, coldOffer, `{"state":"open","failures":3}`, 3},
		{15199999999, coldOffer, `{"state":"open","failures":3}`, 3},
		{15200 * ms, coldOffer, `{"state":"open","failures":3}`, 4},
		{30199999999, coldOffer, `{"state":"open","failures":3}`, 4},
		{30200 * ms, hotOffer, `{"state":"half-open","failures":3}`, 5},
		{30200 * ms, hotOffer, `{"state":"closed","failures":0}`, 6},
	}
	if !reflect.DeepEqual(r.steps, want) {
		t.Errorf("got\n%+v\nwant\n%+v", r.steps, want)
	}
}

// A success in between: the count that is shown is of the last minute, and the circuit
// opens after three in a row.
func TestThreeInARow(t *testing.T) {
	r := play(t, []moment{{0, true}, {1, true}, {2, false}, {3, true}, {4, true}, {5, true}})
	want := []step{
		{0, coldOffer, `{"state":"closed","failures":1}`, 1},
		{1, coldOffer, `{"state":"closed","failures":2}`, 2},
		{2, hotOffer, `{"state":"closed","failures":2}`, 3},
		{3, coldOffer, `{"state":"closed","failures":3}`, 4},
		{4, coldOffer, `{"state":"closed","failures":4}`, 5},
		{5, coldOffer, `{"state":"open","failures":5}`, 6},
	}
	if !reflect.DeepEqual(r.steps, want) {
		t.Errorf("got\n%+v\nwant\n%+v", r.steps, want)
	}
}

// A partner that doesn't answer counts as one that fails, after a second.
func TestPartnerThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		defer link{l, l.DialContext}.serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))()
		transport := &http.Transport{DialContext: l.DialContext}
		defer transport.CloseIdleConnections()
		b, err := inMemory()
		if err != nil {
			t.Fatal(err)
		}
		var failed []error
		s, err := newService("http://partner", transport, b, listeners{
			before: func() {}, failed: func(err error) { failed = append(failed, err) }, changed: func(circuit.Event) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 4 {
			if o, err := s.offer(t.Context()); o != cold || err != nil {
				t.Errorf("%v, %v, want the cold offer", o, err)
			}
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v, want 1 s for each of the first three", took)
		}
		if got := statusOf(b); got != (status{State: circuit.Open, Failures: 3}) || len(failed) != 3 {
			t.Errorf("%+v, and heard of %d failures, want it open after 3", got, len(failed))
		}
		for _, err := range failed {
			if !errors.Is(err, hystrix.ErrTimeout) {
				t.Errorf("%v, want a timeout", err)
			}
		}
	})
}
