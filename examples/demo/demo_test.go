package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// short is a show that suits the race detector on a small machine.
var short = []string{"-rate", "25", "-healthy", "1s", "-fault", "4s", "-recovery", "3500ms"}

var clients = []string{"Kratos HTTP", "Kratos gRPC", "zRPC", "REST, httpc"}

func play(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestShowKeepsItsBounds(t *testing.T) {
	code, stdout, stderr := play(t.Context(), short...)
	for range 2 {
		if code == exitOK || !strings.Contains(stderr, "due to the machine") {
			break
		}
		t.Log("again, since this machine was too busy: ", stderr)
		code, stdout, stderr = play(t.Context(), short...)
	}
	if strings.Contains(stderr, "due to the machine") {
		t.Skip("this machine is too busy for a steady rate: ", stderr)
	}
	if code != exitOK || stderr != "" {
		t.Fatalf("code %d: %s\n%s", code, stderr, stdout)
	}
	for _, name := range clients {
		line := regexp.MustCompile(`(?m)^` + name + ` +(\d+) +(\d+) .* ok +0 ok +\d\.\d\ds +≤ \d\.\d\ds ok$`).FindStringSubmatch(stdout)
		if line == nil {
			t.Errorf("%s: no line in the table:\n%s", name, stdout)
			continue
		}
		var without, with int
		if _, err := fmt.Sscan(line[1]+" "+line[2], &without, &with); err != nil {
			t.Fatal(err)
		}
		// 4 s at 25 calls/s, give or take what is made up for at both ends.
		if without < 100-2*inFlight || without > 100+2*inFlight || with < 8 || with > 50 {
			t.Errorf("%s: %d calls reached it with a breaker, %d without", name, with, without)
		}
		if !strings.Contains(stdout, name+" SayHello: closed -> open (") {
			t.Errorf("%s: its breaker's opening is not told:\n%s", name, stdout)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("control sequences outside of a terminal")
	}
	if strings.Contains(stdout, "SayGoodbye: closed") {
		t.Errorf("a breaker of the healthy method changed its state:\n%s", stdout)
	}
}

func TestWithoutBreakersTheBoundFailsByName(t *testing.T) {
	code, stdout, stderr := play(t.Context(), append(short, "-engine", "none")...)
	if code != exitFailed {
		t.Errorf("code %d, want %d\n%s", code, exitFailed, stdout)
	}
	for _, name := range clients {
		if !strings.Contains(stderr, "bound not kept: "+name+": ") {
			t.Errorf("%s is not named in %q", name, stderr)
		}
	}
	if strings.Count(stdout, "FAIL") < len(clients) || strings.Contains(stderr, "SayGoodbye") {
		t.Errorf("stdout:\n%s\nstderr:\n%s", stdout, stderr)
	}
}

func TestInterruptEndsTheShow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(1200*time.Millisecond, cancel)
	began := time.Now()
	code, stdout, stderr := play(ctx, short...)
	if code != exitInterrupted || !strings.Contains(stderr, "interrupted") {
		t.Errorf("code %d, %q", code, stderr)
	}
	if strings.Contains(stdout, "Result") {
		t.Error("a result of a show that was cut short")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v to end", took)
	}
}

func TestInterruptBeforeTheFirstCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, _, stderr := play(ctx, short...); code != exitInterrupted {
		t.Errorf("code %d, %q", code, stderr)
	}
}
