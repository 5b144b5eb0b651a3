package subjects_test

import (
	"slices"
	"testing"

	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// Each breaker does in each scenario what its figures say they are of.
func TestBreakersDoWhatIsMeasured(t *testing.T) {
	const calls = 2000
	for _, s := range subjects.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			for _, every := range []int{0, 100, 10} {
				if s.Only != "" {
					break
				}
				_, loop := s.New()
				if refused := loop(calls, every); refused != 0 {
					t.Errorf("with each call of %d failed, it refused %d of %d, want none", every, refused, calls)
				}
			}
			_, loop := s.New()
			subjects.Trip(loop)
			// Some throw dice, and let about 15 calls through.
			if refused := loop(calls, 1); refused < calls*95/100 {
				t.Errorf("in an outage it refused %d of %d, want 95 %%", refused, calls)
			}
		})
	}
}

func TestFloorsDoNothingElse(t *testing.T) {
	for _, f := range subjects.Floors() {
		refused := f.New()(1000, 0)
		if want := f.Name == "mutex, math/rand"; want != (refused > 900) || !want && refused != 0 {
			t.Errorf("%s refused %d of 1000", f.Name, refused)
		}
	}
}

func TestNames(t *testing.T) {
	var names []string
	for _, s := range subjects.All() {
		names = append(names, s.Name)
		if s.About == "" {
			t.Errorf("nothing is said about %s", s.Name)
		}
	}
	for _, e := range append(slices.Clone(subjects.Engines), subjects.Throttler) {
		if !slices.Contains(names, e) {
			t.Errorf("%s is not in %q", e, names)
		}
	}
	slices.Sort(names)
	if len(names) != len(slices.Compact(slices.Clone(names))) {
		t.Errorf("a name stands twice: %q", names)
	}
	seen := map[string]bool{}
	for _, c := range subjects.Cases() {
		if seen[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		seen[c.Name] = true
	}
	if n := len(subjects.Peers(func(s subjects.Subject) bool { return s.Window })); n != 8 {
		t.Errorf("%d peers have a window of time, want 8", n)
	}
}

func TestMany(t *testing.T) {
	for _, s := range subjects.All() {
		if s.Ours {
			if n := len(s.Many(7).([]any)); n != 7 {
				t.Errorf("%s: %d breakers, want 7", s.Name, n)
			}
		}
	}
}
