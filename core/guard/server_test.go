package guard_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// The reset of a client whose deadline is over often comes before the server's own timer.
func TestAtServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			name           string
			timeout, after time.Duration // 0 is none
			want           circuit.Outcome
		}{
			{"long before the deadline", time.Second, 500 * time.Millisecond, circuit.Ignored},
			{"2 ms and more before it", time.Second, 998*time.Millisecond - 1, circuit.Ignored},
			{"2 ms before it", time.Second, 998 * time.Millisecond, circuit.Failure},
			{"a hair before it", time.Second, time.Second - 1, circuit.Failure},
			{"without a deadline", 0, time.Second, circuit.Ignored},
			{"the deadline itself", time.Second, 2 * time.Second, circuit.Failure},
		} {
			ctx, cancel := context.WithCancel(context.Background())
			stop := cancel
			if tt.timeout > 0 {
				ctx, stop = context.WithTimeout(ctx, tt.timeout)
			}
			if guard.AtServer(ctx) != ctx {
				t.Errorf("%s: a live context is changed", tt.name)
			}
			time.Sleep(tt.after)
			cancel()
			at := guard.AtServer(ctx)
			for _, err := range []error{ctx.Err(), at.Err(), errors.New("broken")} {
				if got := circuit.DefaultClassifier(at, err); got != tt.want {
					t.Errorf("%s: %v is %v, want %v", tt.name, err, got, tt.want)
				}
			}
			if kind := circuit.ResultOf(at, ctx.Err(), tt.want).Kind; (kind == circuit.KindTimeout) != (tt.want == circuit.Failure) {
				t.Errorf("%s: the kind is %v", tt.name, kind)
			}
			stop()
		}
	})
}
