package guard_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func fragile(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1})
	if err != nil {
		panic(err)
	}
	return b
}

// always is a classifier with one answer.
func always(o circuit.Outcome) circuit.Classifier {
	return func(context.Context, error) circuit.Outcome { return o }
}

func TestDefaults(t *testing.T) {
	g := guard.New(guard.Config{}, circuit.DefaultClassifier)
	a, ok := g.Breaker("a").(*credit.Breaker)
	if !ok {
		t.Fatalf("the default breaker is a %T, want a *credit.Breaker", g.Breaker("a"))
	}
	if g.Breaker("a") != circuit.Breaker(a) || g.Breaker("b") == circuit.Breaker(a) {
		t.Error("want one breaker for each key")
	}
	// At the defaults of credit 7 failures refuse nothing and 8 do, all but the
	// second call after them, which is a probe.
	for i := range 8 {
		if ratio := a.Snapshot().DropRatio; ratio != 0 {
			t.Errorf("after %d failures the drop ratio is %v, want 0", i, ratio)
		}
		permit, err := g.Acquire("a")
		if err != nil {
			t.Fatalf("call %d was refused: %v", i, err)
		}
		permit.Done(g.Judge(t.Context(), io.EOF))
	}
	if got := a.Snapshot().DropRatio; got != 1 {
		t.Errorf("after 8 failures the drop ratio is %v, want 1", got)
	}
	if _, err := g.Acquire("a"); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("the first call after 8 failures: %v, want it refused", err)
	}
	if _, err := g.Acquire("a"); err != nil {
		t.Errorf("the second call after 8 failures: %v, want it to be a probe", err)
	}
	if guard.New(guard.Config{}, circuit.DefaultClassifier).Breaker("a") == circuit.Breaker(a) {
		t.Error("two guards share a group that nobody gave them")
	}
}

func TestDefaultBreaker(t *testing.T) {
	b := guard.DefaultBreaker("a")
	if _, ok := b.(*credit.Breaker); !ok || b == guard.DefaultBreaker("a") {
		t.Errorf("DefaultBreaker is a %T, want a new *credit.Breaker each time", b)
	}
}

func TestBreakerMakesTheBreakersOfTheGroup(t *testing.T) {
	var keys []string
	g := guard.New(guard.Config{Breaker: func(key string) circuit.Breaker {
		keys = append(keys, key)
		return fragile(key)
	}}, circuit.DefaultClassifier)
	for _, key := range []string{"a", "b", "a"} {
		if _, err := g.Acquire(key); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a", "b"}; !slices.Equal(keys, want) {
		t.Errorf("the factory was asked for %q, want %q", keys, want)
	}
}

func TestGroupGoesBeforeBreaker(t *testing.T) {
	shared := group.New(fragile)
	config := guard.Config{Group: shared, Breaker: func(string) circuit.Breaker {
		t.Error("the factory ran though there is a group")
		return nil
	}}
	client, server := guard.New(config, circuit.DefaultClassifier), guard.New(config, circuit.DefaultClassifier)
	if client.Breaker("a") != shared.Get("a") || server.Breaker("a") != shared.Get("a") {
		t.Error("a guard doesn't use the breakers of its group")
	}
	permit, _ := client.Acquire("a")
	permit.Failure()
	if _, err := server.Acquire("a"); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("the other guard of the group admitted the call: %v", err)
	}
}

func TestClassifier(t *testing.T) {
	for _, tt := range []struct {
		name       string
		own, given circuit.Classifier
		want       circuit.Outcome
	}{
		{"the adapter's own", always(circuit.Ignored), nil, circuit.Ignored},
		{"the given one goes first", always(circuit.Ignored), always(circuit.Failure), circuit.Failure},
		{"the given one alone", nil, always(circuit.Failure), circuit.Failure},
		{"overload", always(circuit.Overload), nil, circuit.Overload},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := guard.New(guard.Config{Classifier: tt.given}, tt.own)
			if got := g.Judge(t.Context(), nil); got != tt.want {
				t.Errorf("judged %v, want %v", got, tt.want)
			}
		})
	}
}

func TestJudgeHandsContextAndErrorOn(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "here")
	called := false
	g := guard.New(guard.Config{}, func(ctx context.Context, err error) circuit.Outcome {
		called = true
		if ctx.Value(key{}) != "here" || err != io.EOF { //nolint:errorlint // unchanged
			t.Errorf("the classifier got another context, or the error %v", err)
		}
		return circuit.Success
	})
	g.Judge(ctx, io.EOF)
	if !called {
		t.Error("the classifier wasn't asked")
	}
}

func TestObserver(t *testing.T) {
	var heard []string
	observe := func(e circuit.Event) { heard = append(heard, e.Key+" "+e.To.String()) }
	shared := group.New(fragile)
	before := shared.Get("before") // the guard was set up, the group was in use already
	g := guard.New(guard.Config{Group: shared, Observer: observe}, circuit.DefaultClassifier)
	before.MarkFailed()
	g.Breaker("after").MarkFailed()

	own := guard.New(guard.Config{Breaker: fragile, Observer: observe}, circuit.DefaultClassifier)
	own.Breaker("own").MarkFailed()
	guard.New(guard.Config{Breaker: fragile}, circuit.DefaultClassifier).Breaker("unheard").MarkFailed()

	if want := []string{"before open", "after open", "own open"}; !slices.Equal(heard, want) {
		t.Errorf("the observer heard %q, want %q", heard, want)
	}
}

func TestUnguardedKey(t *testing.T) {
	g := guard.New(guard.Config{Breaker: func(string) circuit.Breaker { return nil }}, always(circuit.Failure))
	for range 1000 {
		permit, err := g.Acquire("/healthz")
		if err != nil {
			t.Fatalf("a key that is not guarded was refused: %v", err)
		}
		permit.Failure()
	}
}

func TestRefusalOfAForeignBreakerMatchesErrNotAllowed(t *testing.T) {
	g := guard.New(guard.Config{Breaker: func(string) circuit.Breaker { return foreign{} }}, circuit.DefaultClassifier)
	if _, err := g.Acquire("a"); !errors.Is(err, circuit.ErrNotAllowed) || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("Acquire = %v, want it to match ErrNotAllowed and the breaker's own error", err)
	}
}

type foreign struct{}

func (foreign) Allow() error { return io.ErrNoProgress }
func (foreign) MarkSuccess() {}
func (foreign) MarkFailed()  {}

func TestRefused(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "here")
	told := 0
	g := guard.New(guard.Config{Breaker: fragile, Refused: func(ctx context.Context, k string, err error) {
		told++
		if ctx.Value(key{}) != "here" || k != "a" || !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("told of %q, %v, in another context or of another call", k, err)
		}
	}}, circuit.DefaultClassifier)
	g.Breaker("a").MarkFailed()
	_, err := g.Acquire("a")
	g.Refused(ctx, "a", err)
	if told != 1 {
		t.Errorf("the observer was told %d times, want once", told)
	}
	guard.New(guard.Config{}, circuit.DefaultClassifier).Refused(ctx, "a", err) // nobody to tell
}
