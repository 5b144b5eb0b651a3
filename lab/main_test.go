package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// lab is the program, built once.
var lab string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "lab")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		lab = filepath.Join(dir, "lab")
		if out, err := exec.Command("go", "build", "-o", lab, ".").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v: %s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// progress is said by runs that take more than ten seconds.
var progress = regexp.MustCompile(`(?m)^lab: \d+ % after .*\n`)

// run runs the program, with more of an environment than the test's. Its progress
// is left out.
func run(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), lab, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	said := progress.ReplaceAllString(errs.String(), "")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), out.String(), said
	} else if err != nil {
		t.Fatal(err)
	}
	return 0, out.String(), said
}

// ok runs the program, which is to succeed in silence.
func ok(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	code, stdout, stderr := run(t, nil, args...)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	return stdout
}

func TestWrongFlags(t *testing.T) {
	for _, c := range []struct {
		args string
		want string // how the error begins
	}{
		{"-wrong", "lab: flag provided but not defined: -wrong\n"},
		{"S1", "lab: unexpected argument \"S1\"\n"},
		{"-seeds 0", "lab: -seeds is 0, must be from 1 to 100\n"},
		{"-seed -1", "lab: invalid value \"-1\" for flag -seed: "},
		{"-trials S5,S4", "lab: -trials: nothing is called \"S4\"; there are:\n  S1a 10 clients ×2\n"},
		{"-trials S5,", "lab: -trials: nothing is called \"\"; there are:\n"},
		{"-engines sre,srx", "lab: -engines: nothing is called \"srx\"; there are:\n  "},
		{"-scenario x.yaml -seeds 3", "lab: -seeds and -scenario don't go together: the file has it all\n"},
		{"-scenario no/such.yaml", "lab: open no/such.yaml: "},
		{"-test.v", "lab: flag provided but not defined: -test.v\n"},
	} {
		code, stdout, stderr := run(t, nil, strings.Fields(c.args)...)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, c.want) {
			t.Errorf("%s: exit code %d, %q, %q, want 2, nothing, %q", c.args, code, stdout, stderr, c.want)
		}
	}
}

func TestHelp(t *testing.T) {
	if got := ok(t, "-h"); !strings.HasPrefix(got, "Usage: lab [flags]") || !strings.Contains(got, "\n  -scenario file\n") {
		t.Errorf("got %q", got)
	}
	if got := ok(t, "-list"); !strings.Contains(got, "\nWith a limit on each client's calls in flight, by name only:\n  bulkhead          core/bulkhead: max 10, ") || !strings.Contains(got, "\n  S5                   5 s down, 5 s up\n") || !strings.Contains(got, "\n  gobreaker           sony/gobreaker/v2 v2.4.0, ") {
		t.Errorf("got %s", got)
	}
}

// Ctrl-C ends it at once. A library that is run here would take seconds for that.
func TestInterrupt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "charts") // made when the runs begin
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, lab, "-trials", "S9", "-seeds", "100", "-engines", "go-zero", "-charts", dir)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, err := os.Stat(dir); err != nil && ctx.Err() == nil; _, err = os.Stat(dir) {
		runtime.Gosched()
	}
	interrupted := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // the exit code tells
	if took := time.Since(interrupted); took > 3*time.Second {
		t.Errorf("it went on for %v", took)
	}
	const want = "lab: interrupted at 0 %; a table of part of the runs would mislead, so there is none\n"
	if code := cmd.ProcessState.ExitCode(); code != 130 || out.Len() > 0 || errs.String() != want {
		t.Errorf("exit code %d, %q, %q, want 130, nothing, %q", code, &out, &errs, want)
	}
}
