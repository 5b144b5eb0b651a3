package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

var (
	errPlanB    = errors.New("plan B failed")
	errReplays  = map[string]error{"failure": errOffer, "busy": busyCallee{2 * s}, "bad request": circuit.BadRequest(errOffer), "canceled": context.Canceled, "refused below": fmt.Errorf("price: %w", circuit.ErrNotAllowed)}
	runEnds     = []string{"nil", "nil", "failure", "busy", "bad request", "canceled", "refused below", "panic", "exit"}
	ctxEnds     = []string{"alive", "alive", "alive", "cancelled", "due"}
	fallbacks   = []string{"none", "nil", "nil", "plan B", "same", "panic", "exit"}
	replayTimes = []time.Duration{0, 3 * ms, 8 * ms, 15 * ms, 40 * ms}
)

// replayCommand makes calls as the bytes of history say, three for each, 1 to 4 ms apart,
// and compares all that can be seen of the command with the model.
func replayCommand(t *testing.T, history []byte) {
	m := &commandModel{ends: map[int]string{}}
	l := &commandLedger{}
	var latePanics atomic.Int64
	c := newCommand(t, l, hystrix.CommandConfig{}, hystrix.WithLatePanic(func(context.Context, string, *hystrix.PanicError) { latePanics.Add(1) }))
	began := time.Now()
	ends := make([]string, len(history)/3)
	for call := range ends {
		a, b, d := int(history[3*call]), int(history[3*call+1]), int(history[3*call+2])
		time.Sleep(time.Duration(1+a%4) * ms)
		synctest.Wait()
		now := time.Since(began)
		m.until(now)
		compare(t, call, c, m)

		if a&0x60 == 0 {
			config := hystrix.CommandConfig{MaxConcurrent: b % 4, MaxConcurrentFallbacks: b / 4 % 3}
			if b&64 != 0 { // to the µs: no two things happen at the same time
				config.Timeout = []time.Duration{10020 * us, 5024 * us}[b/128]
			}
			if err := c.Update(config); err != nil {
				t.Fatal(err)
			}
		}
		l.mu.Lock()
		l.refusal = nil
		if a&0x80 != 0 && d%3 == 0 {
			l.refusal = errOffer
		}
		l.mu.Unlock()
		config, own := c.Config(), time.Duration(call)*us
		sc := script{
			ctx: ctxEnds[d%len(ctxEnds)], run: runEnds[b%len(runEnds)], fallback: fallbacks[d/2%len(fallbacks)],
			takes: replayTimes[(a+b)%len(replayTimes)] + 300*us + own, heeds: a&8 != 0, long: replayTimes[d%4] + 600*us + own,
			refused: l.refusal != nil, timeout: config.Timeout, max: config.MaxConcurrent, maxFbs: config.MaxConcurrentFallbacks,
		}
		if sc.ctx != "alive" && d&16 != 0 {
			sc.over = replayTimes[1+a/4%3] + 50*us + own
		}
		m.start(now, call, sc)
		go returnsFrom(func() { ends[call] = end(c, sc) })
		synctest.Wait()
		compare(t, call, c, m)
	}
	time.Sleep(s)
	synctest.Wait()
	m.until(time.Since(began))
	compare(t, len(ends), c, m)
	for call, got := range ends {
		if got == "" {
			got = "exit"
		}
		if got != m.ends[call] {
			t.Errorf("call %d: %s, want %s", call, got, m.ends[call])
		}
	}
	if told := l.told(); !slices.Equal(told, m.told) {
		t.Errorf("the breaker was told\n%+v, want\n%+v", told, m.told)
	}
	if got := int(latePanics.Load()); got != m.latePanics {
		t.Errorf("%d late panics, want %d", got, m.latePanics)
	}
}

const us = time.Microsecond

func compare(t *testing.T, call int, c *hystrix.Command, m *commandModel) {
	if got := c.Stats(); got != m.stats {
		t.Fatalf("call %d: stats\n%+v, want\n%+v", call, got, m.stats)
	}
}

// end makes a call, and says how it ended.
func end(c *hystrix.Command, sc script) (how string) {
	ctx, cancel := context.WithCancel(context.Background())
	switch {
	case sc.ctx == "cancelled" && sc.over == 0:
		cancel()
	case sc.ctx == "cancelled":
		time.AfterFunc(sc.over, cancel)
	case sc.ctx == "due":
		ctx, cancel = context.WithTimeout(ctx, sc.over)
	}
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			how = fmt.Sprint(v)
		}
	}()
	run := func(ctx context.Context) (int, error) {
		over := ctx.Done()
		if !sc.heeds {
			over = nil
		}
		select {
		case <-time.After(sc.takes):
		case <-over:
			return 0, ctx.Err()
		}
		switch sc.run {
		case "panic":
			panic("panic")
		case "exit":
			runtime.Goexit()
		}
		return 1, errReplays[sc.run]
	}
	fallback := func(_ context.Context, err error) (int, error) {
		time.Sleep(sc.long)
		switch sc.fallback {
		case "plan B":
			return 0, errPlanB
		case "same":
			return 0, err
		case "panic":
			panic("panic")
		case "exit":
			runtime.Goexit()
		}
		return 2, nil
	}
	if sc.fallback == "none" {
		fallback = nil
	}
	_, err := hystrix.Run(ctx, c, run, fallback)
	return described(err)
}

// described tells err in the model's words.
func described(err error) (how string) {
	if err == nil {
		return "nil"
	}
	how = "failure"
	for _, kind := range []struct {
		is  error
		how string
	}{
		{circuit.ErrBadRequest, "bad request"}, {hystrix.ErrTimeout, "timeout"}, {hystrix.ErrInterrupt, "interrupt"},
		{hystrix.ErrShortCircuit, "short circuit"}, {hystrix.ErrMaxConcurrency, "concurrency reject"},
		{busyCallee{2 * s}, "busy"}, {circuit.ErrNotAllowed, "refused below"},
	} {
		if errors.Is(err, kind.is) {
			how = kind.how
			break
		}
	}
	switch {
	case errors.Is(err, hystrix.ErrMaxFallbacks):
		how += ", fallback reject"
	case errors.Is(err, errPlanB):
		how += ", fallback plan B"
	}
	return how
}

func TestCommandAgainstModel(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		history := make([]byte, 3*40)
		for i := range history {
			history[i] = byte(rng.Uint32())
		}
		synctest.Test(t, func(t *testing.T) {
			replayCommand(t, history)
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzCommand(f *testing.F) {
	f.Add([]byte("a command, and what may become of it"))
	f.Fuzz(func(t *testing.T, history []byte) {
		synctest.Test(t, func(t *testing.T) { replayCommand(t, history[:min(len(history), 3*50)]) })
	})
}
