package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/bench/internal/targets"
)

// program runs it within the test: a build of its own would cost more than all else.
func program(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestWrongFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-wrong", "bench: flag provided but not defined: -wrong\n"},
		{"calls", "bench: unexpected argument \"calls\"\n"},
		{"-rounds 0", "bench: -rounds is 0, must be from 1 to 100\n"},
		{"-only (", "bench: invalid value \"(\" for flag -only: "},
	} {
		code, stdout, stderr := program(t, strings.Fields(c.args)...)
		if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, c.want) {
			t.Errorf("%s: exit code %d, %q, %q, want 2, nothing, %q", c.args, code, stdout, stderr, c.want)
		}
	}
	if code, stdout, _ := program(t, "-h"); code != exitOK || !strings.HasPrefix(stdout, "Usage: bench [flags]") {
		t.Errorf("-h: exit code %d, %q", code, stdout)
	}
}

// A target that speaks of a figure that nothing makes would never be judged.
func TestTargetsSpeakOfCases(t *testing.T) {
	code, list, stderr := program(t, "-list")
	if code != exitOK || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	known := map[string]bool{"": true}
	for line := range strings.Lines(list) {
		name := strings.TrimSuffix(line, "\n")
		if known[name] {
			t.Errorf("%q is listed twice", name)
		}
		known[name] = true
	}
	for _, target := range targets.All(2) {
		for _, r := range target.Ratios {
			for _, name := range append(append(r.Over.Names, r.Under.Names...), r.Over.Minus, r.Under.Minus) {
				if !known[name] {
					t.Errorf("%s, %s: there is no %q", target.Row, target.Than, name)
				}
			}
		}
	}
}

func TestPartOfARun(t *testing.T) {
	svg := filepath.Join(t.TempDir(), "calls.svg")
	code, stdout, stderr := program(t, "-quick", "-rounds", "1", "-svg", svg,
		"-only", "^call/(healthy|refused)/(serial|32)/(credit|aegis)$|^floor/serial|^kratos/serial|^memory/bytes/sre")
	if code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	for _, want := range []string{
		"Made by `bench -quick -rounds 1 ", "Healthy: all calls succeed\n", "Refused: the breaker is open\n", "\n  aegis ", "\n  atomic add, atomic load ",
		"\n  Kratos middleware, stock ", "ns added to an empty handler: Kratos' middleware ", "× as fast as aegis: not measured\n", "Memory of a breaker",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	for _, unwanted := range []string{"1 in 10 fails", "Lookup among", "loopback", "Scale"} {
		if strings.Contains(stdout, unwanted+":") {
			t.Errorf("%q is in\n%s", unwanted, stdout)
		}
	}
	drawn, err := os.ReadFile(svg)
	if err != nil || !strings.Contains(string(drawn), "fusebox credit") {
		t.Errorf("%v, %s", err, drawn)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs strings.Builder
	if code := run(ctx, nil, &out, &errs); code != exitInterrupted || out.Len() > 0 || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("exit code %d, %q, %q", code, &out, &errs)
	}
}

func TestUnwritable(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "such.svg")
	if code, _, stderr := program(t, "-only", "nothing", "-svg", missing); code != exitFailed || !strings.Contains(stderr, "such.svg") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}
