package main

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func sampleReport() report {
	return report{
		{"Kratos HTTP", reached{159, 1000}, 0, 140 * time.Millisecond, 0.23, 1510 * time.Millisecond},
		{"REST, httpc", reached{900, 1000}, 7, 2 * time.Second, 0.23, 1510 * time.Millisecond},
		{"zRPC", reached{230, 1000}, 0, -1, 0.23, 0},
	}
}

func TestReport(t *testing.T) {
	c, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := sampleReport().render(c, palette{})
	golden(t, strings.Split(strings.Trim(text, "\n"), "\n"), `
Result: engine credit, depth 8, 100 calls/s, SayHello failed for 10s

             calls that reached SayHello   refused on   SayHello was normal
             while it failed               SayGoodbye   again after
client      without   with  share   bound  bound 0               bound
Kratos HTTP    1000    159   16 %  ≤ 23 % ok       0 ok      0.14s  ≤ 1.51s ok
REST, httpc    1000    900   90 %  ≤ 23 % FAIL     7 FAIL    2.00s  ≤ 1.51s FAIL
zRPC           1000    230   23 %  ≤ 23 % ok       0 ok    not yet  no bound

with and without: a breaker, at the same rate of calls.
normal again: from then on every call of 500ms, 10 at least, was admitted and
succeeded; counted from the end of the fault.
`)
	for _, line := range strings.Split(text, "\n") {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("longer than 80: %q", line)
		}
	}
}

func TestFailedNamesEachBound(t *testing.T) {
	want := []string{
		"REST, httpc: 900 of 1000 calls reached the failing SayHello, 90 %, bound 23 %",
		"REST, httpc: 7 calls refused on the healthy SayGoodbye, bound 0",
		"REST, httpc: normal after 2.00s, bound ≤ 1.51s",
	}
	if got := sampleReport().failed(); !slices.Equal(got, want) {
		t.Errorf("got:\n%s", strings.Join(got, "\n"))
	}
}

// No call at all is not a perfect share.
func TestAShowWithoutCallsFails(t *testing.T) {
	r := report{{name: "zRPC", normalAfter: -1, reachBound: 0.2, recoveryBound: time.Second}}
	if got := r.failed(); len(got) != 2 {
		t.Errorf("failed: %q", got)
	}
}
