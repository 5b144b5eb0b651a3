package migrate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// side makes calls through one breaker, theirs or ours.
type side func(ctx context.Context, callee func(context.Context) error) error

var errFailed = errors.New("failed")

// play makes the calls of a script, one after the other, and tells how each went. The
// script's words are calls, or times to wait such as +5s:
//
//	s  succeeds
//	f  fails
//	c  is given up by its caller
//	h  hangs until its context ends
//	l  takes two seconds, heedless of its context, and succeeds
//	p  panics
//
// and f*6 is six calls. The answers are . for a call that succeeded, x for one whose error
// came back, p for its panic, - for one that was refused, and b where a fallback answered.
func play(call side, script string) string {
	var answers []string
	for word := range strings.FieldsSeq(script) {
		if wait, ok := strings.CutPrefix(word, "+"); ok {
			d, err := time.ParseDuration(wait)
			if err != nil {
				panic(err)
			}
			time.Sleep(d)
			continue
		}
		what, times, many := strings.Cut(word, "*")
		n := 1
		if many {
			var err error
			if n, err = strconv.Atoi(times); err != nil {
				panic(err)
			}
		}
		for range n {
			answers = append(answers, answer(call, what))
		}
	}
	return runs(answers)
}

func answer(call side, what string) (a string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var ran atomic.Bool // a call may outlive its timeout
	defer func() {
		if recover() != nil {
			a = "p"
		}
	}()
	err := call(ctx, func(ctx context.Context) error {
		ran.Store(true)
		switch what {
		case "s":
			return nil
		case "f":
			return errFailed
		case "c":
			cancel()
			return context.Canceled
		case "h":
			<-ctx.Done()
			time.Sleep(time.Millisecond) // an end at the very deadline is a matter of chance
			return ctx.Err()
		case "l":
			time.Sleep(2 * time.Second)
			return nil
		case "p":
			panic("callee")
		}
		panic(fmt.Sprintf("no call is %q", what))
	})
	switch {
	case err != nil && !ran.Load():
		return "-"
	case err != nil:
		return "x"
	case ran.Load() && (what == "s" || what == "l"):
		return "."
	default:
		return "b"
	}
}

// runs joins answers, with those that come in a row counted.
func runs(answers []string) string {
	var words []string
	for i := 0; i < len(answers); {
		n := 1
		for i+n < len(answers) && answers[i+n] == answers[i] {
			n++
		}
		word := answers[i]
		if n > 1 {
			word += "*" + strconv.Itoa(n)
		}
		words = append(words, word)
		i += n
	}
	return strings.Join(words, " ")
}

// alike plays a script on both sides, each in a bubble of its own, and wants the same of both.
func alike(t *testing.T, theirs, ours func() side, script, want string) {
	t.Helper()
	differ(t, theirs, ours, script, want, want)
}

// differ plays a script on both sides, which are to do different things.
func differ(t *testing.T, theirs, ours func() side, script, wantTheirs, wantOurs string) {
	t.Helper()
	for _, s := range []struct {
		name, want string
		side       func() side
	}{{"theirs", wantTheirs, theirs}, {"ours", wantOurs, ours}} {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := play(s.side(), script); got != s.want {
					t.Errorf("%s\n got %s\nwant %s", script, got, s.want)
				}
				time.Sleep(time.Minute) // what outlived its timeout returns
			})
		})
	}
}

// late plays a script, 62 s into which a call fails that was admitted before.
func late(t *testing.T, s func() side, script string) (answers string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		call := s()
		go func() {
			_ = call(t.Context(), func(context.Context) error {
				time.Sleep(62 * time.Second)
				return errFailed
			})
		}()
		synctest.Wait()
		answers = play(call, script)
		time.Sleep(time.Hour)
	})
	return answers
}

// must is v; pairs are made of settings that are valid.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// logged is what is logged from now on, until the test ends.
func logged(t *testing.T) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	to, flags := log.Writer(), log.Flags()
	log.SetOutput(&out)
	log.SetFlags(0)
	t.Cleanup(func() {
		log.SetOutput(to)
		log.SetFlags(flags)
	})
	return &out
}
