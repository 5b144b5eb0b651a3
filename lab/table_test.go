package main_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// update, if a change of an engine, of a trial or of the simulator is meant to show
// in figures. In this folder:
//
//	go test -run 'TestFigures|TestExamples' -update .
var update = flag.Bool("update", false, "write testdata/figures.txt and the README's tables anew")

// Every engine gives these figures in any process. Changes show here first.
func TestFigures(t *testing.T) {
	const path = "testdata/figures.txt"
	got := ok(t, "-trials", "S2 100,S5,few calls", "-seeds", "3", "-seed", "11")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range min(len(was), len(is)) {
		if was[i] != is[i] {
			t.Errorf("line %d is\n%s\nwant\n%s", i+1, is[i], was[i])
		}
	}
	if len(was) != len(is) {
		t.Errorf("%d lines, want %d", len(is), len(was))
	}
}

const peersOfS5 = `Medians of 2 runs, seeds 1 to 2.

scenario  measure         target  aegis  gobreaker
S5        served up       ≥ 0.94  0.017       0.507
          wasted down, %  ≤ 8      3.69        48.9

served up       calls served while the backend was up, of those offered then
wasted down, %  calls offered while the backend was down that reached it

Targets met, of 2:
  aegis      1
  gobreaker  0
`

func TestText(t *testing.T) {
	if got := ok(t, "-trials", "s5", "-engines", "gobreaker,AEGIS", "-seeds", "2"); got != peersOfS5 {
		t.Errorf("got\n%s\nwant\n%s", got, peersOfS5)
	}
}

// The same flags give the same bytes for every engine, on one core and on several.
func TestCores(t *testing.T) {
	var one string
	for _, procs := range []string{"1", "2", "4"} {
		code, stdout, stderr := run(t, []string{"GOMAXPROCS=" + procs}, "-trials", "S5,few calls,S12 10", "-seeds", "2", "-csv", "/dev/stdout")
		if one == "" {
			one = stdout
		}
		if code != 0 || stdout != one || stderr != "" {
			t.Errorf("GOMAXPROCS=%s: exit code %d, %s\n%s\nwant\n%s", procs, code, stderr, stdout, one)
		}
	}
}

func TestMarkdown(t *testing.T) {
	const want = `One run, seed 1. Bold is the best of a row.

| scenario | measure | target | aegis | gobreaker |
| --- | --- | --- | --: | --: |
| S5 | served up | ≥ 0.94 | 0.022 | **0.508** |
|  | wasted down, % | ≤ 8 | **3.97** | 49.4 |

- *served up*: calls served while the backend was up, of those offered then
- *wasted down, %*: calls offered while the backend was down that reached it

Targets met, of 2:

- aegis: 1
- gobreaker: 0
`
	if got := ok(t, "-trials", "S5", "-engines", "aegis,gobreaker", "-seeds", "1", "-markdown"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What a word selects, by the rows of the table.
func TestNames(t *testing.T) {
	for words, want := range map[string]string{
		"s2 1/S":     "S2 1/s",
		"S8,S5":      "S5, S8",
		"S12 30, S8": "S8, S12 30 %",
		"blip":       "blips",
		"S1 x1":      "S1 ×1",
	} {
		stdout := ok(t, "-trials", words, "-engines", "gobreaker", "-seeds", "1")
		table := strings.Split(stdout, "\n\n")[1]
		var got []string
		for _, line := range strings.Split(table, "\n")[1:] {
			if name, _, _ := strings.Cut(line, "  "); name != "" {
				got = append(got, name)
			}
		}
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("-trials %q has %s, want %s", words, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figures.csv")
	ok(t, "-trials", "S5", "-engines", "gobreaker", "-seeds", "2", "-csv", path)
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = `scenario,measure,unit,engine,seed,value
S5,served up,,gobreaker,1,0.5079522862823062
S5,served up,,gobreaker,2,0.5055928411633109
S5,wasted down,%,gobreaker,1,49.40523394131642
S5,wasted down,%,gobreaker,2,48.439073514602214
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
