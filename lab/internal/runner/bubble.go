package runner

import (
	"flag"
	"os"
	"testing"
)

// Main runs f and ends the process with the code that it returns.
//
// Virtual time is that of testing/synctest, whose bubbles are entered from a test
// alone. So f runs as the only test of a test binary that this program makes of
// itself. It exits before the testing package can say PASS.
func Main(f func(*testing.T) int) {
	os.Args = os.Args[:1] // testing would look for its own flags in ours
	flag.CommandLine = flag.NewFlagSet(os.Args[0], flag.ExitOnError)
	all := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "lab", F: func(t *testing.T) { os.Exit(f(t)) }}}, nil, nil)
}
