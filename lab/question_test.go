package main_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const question = `name: a shop
about: an outage of the shop
duration: 40s
seeds: [3, 9]
backend: {capacity: 200/s}
traffic: {rate: 100/s, clients: 2, retries: {max: 1}}
phases:
  - {at: 10s, errors: 100%}
  - {at: 20s}
engines:
  - gobreaker
  - {engine: gobreaker, label: gobreaker that opens for 1s, settings: {timeout: 1s}}
  - go-zero
`

func TestScenario(t *testing.T) {
	const want = `an outage of the shop

Medians of 2 runs, seeds 3, 9.

                                           gobreaker
                                          that opens
scenario  measure              gobreaker      for 1s  go-zero
a shop    goodput, %                88.8         97.3      82.4
          wasted, %                 18.9         17.7      26.5
          served, %                 66.2         72.6      61.5
          refused, %                24.1         18.2      25.7
          lost when well, %         11.9         2.67      18.8
          passed when down, %       46.4         46.8      58.0
          attempts per call        0.819        0.885     0.840
          detect, s                 3.09         3.09      1.87
          recover, s                3.30         0.70      8.65
          fairness                 1.000        1.000     1.000
          longest gap, s            13.5         10.8      10.5

goodput, %           calls served, as a share of what could have been: of those offered, all that the capacity and the errors allow
wasted, %            attempts that reached the backend and failed there or came back too late, of those that reached it
served, %            calls that succeeded in time, of all that clients wanted
refused, %           attempts that breakers refused, of all
lost when well, %    calls not served, of those offered while the backend could serve all
passed when down, %  attempts that breakers let through while none could succeed, of all attempts then
attempts per call    attempts that reached the backend, by the calls that clients wanted: retries make it more than 1
detect, s            from when the backend first can't serve half of the calls, to the next refusal
recover, s           from when the backend can serve all calls again, for good, until nine of ten are served, and stay so
fairness             Jain's index: 1 when all clients were served as many calls, 1/n when one of n was served all
longest gap, s       the longest time that any one client was without a success
`
	path := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(path, []byte(question), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ok(t, "-scenario", path); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The examples run, and answer what they ask: one row for each measure that makes
// sense there, one column for each of their engines. The README shows these tables;
// -update puts them there.
func TestExamples(t *testing.T) {
	for _, c := range []struct{ file, about, head, measures string }{
		{"checkout-sale", "traffic steps up to three times the capacity for a minute, and clients retry",
			"scenario measure credit sre sre, K 1.5 hystrix sleeps 1s",
			"goodput, wasted, served, refused, lost when well, attempts per call, detect, recover, fairness, longest gap"},
		{"database-brownout", "capacity falls to a third for 30 s, behind a queue longer than the deadline",
			"scenario measure credit sleeps 1s sleeps 5s to 30s sre, K 1.2 sre, K 1.5 sre, K 2",
			"goodput, wasted, served, refused, lost when well, attempts per call, detect, recover, fairness, longest gap"},
		{"shared-queue", "40 clients with a limit on calls in flight each; traffic of three times the capacity, later an outage",
			"scenario measure credit hystrix 4 each 20 each adaptive quick each each quick each",
			"goodput, wasted, served, refused, lost when well, passed when down, detect, recover, fairness, longest gap"},
		{"flaky-api", "15 to 35 % of the calls fail, then all for 20 s, then 15 % again",
			"scenario measure credit 25 % 50 % in a row sre, K 1.2 sre, K 1.5 sre, K 2",
			"goodput, wasted, served, refused, lost when well, passed when down, detect, fairness, longest gap"},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			code, stdout, stderr := run(t, nil, "-scenario", "scenarios/"+c.file+".yaml", "-charts", dir)
			if want := "lab: a picture is in " + dir + ", as SVG and as PNG\n"; code != 0 || stderr != want {
				t.Fatalf("exit code %d, %q, want 0, %q", code, stderr, want)
			}
			if pictures, _ := filepath.Glob(dir + "/*.[sp][vn]g"); len(pictures) != 2 {
				t.Errorf("the pictures are %q, want an SVG and a PNG", pictures)
			}
			parts := strings.Split(stdout, "\n\n")
			if len(parts) != 4 || parts[0] != c.about || !strings.HasPrefix(parts[1], "Medians of ") {
				t.Fatalf("want the scenario, the seeds, a table and what it means, got\n%s", stdout)
			}
			head, rows, _ := strings.Cut(parts[2][strings.Index(parts[2], "scenario"):], "\n")
			if got := strings.Join(strings.Fields(head), " "); got != c.head {
				t.Errorf("the head ends with %q, want %q", got, c.head)
			}
			var measures []string
			for i, row := range strings.Split(rows, "\n") {
				label := row[strings.Index(head, "measure"):]
				label, _, _ = strings.Cut(label, "  ")
				measure, _, _ := strings.Cut(label, ",")
				measures = append(measures, measure)
				if note := strings.Split(parts[3], "\n")[i]; !strings.HasPrefix(note, label+" ") {
					t.Errorf("%q is explained as %q", label, note)
				}
			}
			if got := strings.Join(measures, ", "); got != c.measures {
				t.Errorf("measures %q, want %q", got, c.measures)
			}
			inReadme(t, c.file, parts[2])
		})
	}
}

// readme is written by one test at a time.
var readme sync.Mutex

// inReadme demands the table in the block that the file's command heads.
func inReadme(t *testing.T, file, table string) {
	t.Helper()
	readme.Lock()
	defer readme.Unlock()
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "\n$ make lab LAB='-scenario lab/scenarios/"+file+".yaml'\n")
	shown, after, closed := strings.Cut(rest, "\n```\n")
	if !ok || !closed {
		t.Fatalf("README.md has no block with the command for %s", file)
	}
	if shown == table {
		return
	}
	if !*update {
		t.Errorf("README.md shows\n%s\nwant\n%s", shown, table)
		return
	}
	changed := strings.TrimSuffix(string(data), rest)
	if err := os.WriteFile("README.md", []byte(changed+table+"\n```\n"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Errors of a file name its lines, and nothing else is said.
func TestWrongFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(path, []byte("traffic:\n  rate: -3\nengines: [{engine: gobreaker, settings: {timeout: 5}}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := path + ":2:3: traffic.rate is -3, must be from 0.001/s to 1000000/s\n" +
		path + `:3:42: engines[0].settings.timeout: gobreaker: timeout is 5, must be a duration such as "500ms"` + "\n"
	code, stdout, stderr := run(t, nil, "-scenario", path)
	if code != 2 || stdout != "" || stderr != want {
		t.Errorf("exit code %d, %q, %s\nwant 2 and\n%s", code, stdout, stderr, want)
	}
}

// A picture of each scenario, as SVG and as PNG.
func TestCharts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	code, stdout, stderr := run(t, nil, "-trials", "S5,S12 10", "-engines", "gobreaker,aegis", "-seeds", "2", "-charts", dir)
	if want := "lab: 2 pictures are in " + dir + ", as SVG and as PNG\n"; code != 0 || stderr != want {
		t.Fatalf("exit code %d, %q, want 0, %q", code, stderr, want)
	}
	if !strings.HasPrefix(stdout, "Medians of 2 runs") {
		t.Errorf("no table beside the pictures: %q", stdout)
	}
	for _, name := range []string{"s5", "s12-10"} {
		svg, err := os.ReadFile(filepath.Join(dir, name+".svg"))
		if err != nil || !bytes.Contains(svg, []byte(">aegis<")) || !bytes.Contains(svg, []byte(">gobreaker<")) {
			t.Errorf("%s.svg: %v, %d bytes, want both engines in it", name, err, len(svg))
		}
		f, err := os.Open(filepath.Join(dir, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s.png: %v", name, err)
		}
		f.Close()
	}
	if code, _, stderr := run(t, nil, "-charts", "/dev/null/x", "-trials", "S5", "-engines", "aegis"); code != 1 || !strings.HasPrefix(stderr, "lab: mkdir /dev/null") {
		t.Errorf("a folder that can't be made: exit code %d, %q", code, stderr)
	}
}
