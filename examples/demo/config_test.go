package main

import (
	"strings"
	"testing"
)

func TestFlagsThatAreWrong(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-rate 0", "-rate is 0, must be from 1 to 1000"},
		{"-rate 1001", "-rate is 1001, must be from 1 to 1000"},
		{"-rate x", `invalid value "x" for flag -rate`},
		{"-rate 7 -engine sre", "-rate is 7, must be at least 8 for engine sre"},
		{"-rate 37 -engine aegis", "-rate is 37, must be at least 38 for engine aegis"},
		{"-healthy 100ms", "-healthy is 100ms, must be from 500ms to 2m0s"},
		{"-fault 1h", "-fault is 1h0m0s, must be from 1s to 2m0s"},
		{"-fault -5s", "-fault is -5s, must be from 1s to 2m0s"},
		{"-fault 2s -engine gozero", "-fault is 2s, must be longer at engine gozero"},
		{"-recovery 1s", "-recovery is 1s, must be at least 2.564s for engine credit"},
		{"-recovery 1s -engine sre", "-recovery is 1s, must be at least 4.91s for engine sre"},
		{"-window 1s", "-window is 1s, must be 0 for engine credit, which has none"},
		{"-healthy 1m -fault 1m", "-healthy, -fault and -recovery are 2m5s together, must be at most 2m0s"},
		{"-window 1ms", "-window is 1ms, must be 0 or from 200ms to 1m"},
		{"-engine netflix", `-engine is "netflix", must be one of credit, sre, hystrix, aegis, gozero, none`},
		{"-bogus", "not defined: -bogus"},
		{"now", `unexpected argument "now"`},
	} {
		code, stdout, stderr := play(t.Context(), strings.Fields(tt.args)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: code %d, %q, want %q", tt.args, code, stderr, tt.want)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, flag := range []string{"-h", "--help"} {
		code, stdout, stderr := play(t.Context(), flag)
		if code != exitOK || stderr != "" {
			t.Errorf("%s: code %d, stderr %q", flag, code, stderr)
		}
		for _, want := range append([]string{"-rate", "-healthy", "-fault", "-recovery", "-engine", "-window", "-plain", "exit code"}, engineNames...) {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: no word of %s in\n%s", flag, want, stdout)
			}
		}
	}
}

func TestEveryEngineHasDefaultsThatFit(t *testing.T) {
	for _, name := range engineNames {
		c, err := parse([]string{"-engine", name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if total := c.total().Seconds(); total > 30 {
			t.Errorf("%s: takes %v s, must be at most 30", name, total)
		}
	}
	if c, err := parse(nil); err != nil || reachBound(c) > 0.08 {
		t.Errorf("the default show promises %.2f, must be at most 0.08; %v", reachBound(c), err)
	}
}
