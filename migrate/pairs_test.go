package migrate_test

import (
	"reflect"
	"slices"
	"testing"
)

// tests are those of one library's pairs, by the names of the methods.
type tests map[string]func(*testing.T)

// run runs the tests of all pairs, and fails if a method has no counterpart or no test.
func (ts tests) run(t *testing.T, theirs, ours any) {
	t.Helper()
	names := methods(theirs)
	if others := methods(ours); !slices.Equal(names, others) {
		t.Errorf("methods differ: theirs %v, ours %v", names, others)
	}
	for _, name := range names {
		test, ok := ts[name]
		if !ok {
			t.Errorf("no test runs the pair %s", name)
			continue
		}
		t.Run(name, test)
	}
	for name := range ts {
		if !slices.Contains(names, name) {
			t.Errorf("a test for %s, which is no pair", name)
		}
	}
}

func methods(v any) (names []string) {
	for m := range reflect.TypeOf(v).Methods() {
		names = append(names, m.Name)
	}
	return names
}
