package report_test

import (
	"math"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/lab/internal/report"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

func atLeast(v float64) trials.Target { return trials.Target{Least: v, Most: math.NaN()} }
func atMost(v float64) trials.Target  { return trials.Target{Least: math.NaN(), Most: v} }

var inf, nan = math.Inf(1), math.NaN()

// mixed has all kinds of rows.
var mixed = report.Table{
	Engines: []report.Engine{{Name: "ours", Ours: true}, {Name: "other", Ours: true}, {Name: "failsafe-throttler"}, {Name: "服务"}},
	Rows: []report.Row{
		{"overload ×10", "goodput", "", "of what could be", trials.Higher, atLeast(.93), []float64{.95, .9296, .98, .9799}},
		{"overload ×10", "longest gap", "s", "without a success", trials.Lower, atMost(6), []float64{1.254, 12.34, 1.252, inf}},
		{"outage", "lost", "%", "after the outage", trials.Lower, trials.NoTarget, []float64{nan, 0, 0.001, 7}},
		{"outage", "regret", "calls", "all in all", trials.Lower, atMost(140), []float64{nan, 140, 141, 1400}},
		{"outage", "refused", "%", "for good or bad", trials.Neither, trials.NoTarget, []float64{99.96, 9.996, 50, 0}},
		{"outage", "detect", "s", "never is the worst", trials.Lower, trials.NoTarget, []float64{inf, inf, inf, inf}},
	},
}

const mixedText = `
                                                         failsafe-
scenario      measure         target     ours     other  throttler   服务
overload ×10  goodput         ≥ 0.93  0.950 ✓  0.9296 ✗      *0.980*   *0.980*
              longest gap, s  ≤ 6      *1.25* ✓    12.3 ✗       *1.25*   never
outage        lost, %                     –      *0.00*         *0.00*    7.00
              regret, calls   ≤ 140       – ✗     *140* ✓        141    1400
              refused, %              99.96      10.0         50.0    0.00
              detect, s               never     never        never   never

goodput         of what could be
longest gap, s  without a success
lost, %         after the outage
regret, calls   all in all
refused, %      for good or bad
detect, s       never is the worst

Targets met, of 3:
  ours                2
  other               1
  failsafe-throttler  2
  服务                1

ours, the best of ours, misses 1:
  outage, regret: –, must be ≤ 140 calls
`

func TestText(t *testing.T) {
	if got := text(t, &mixed, true); got != mixedText[1:] {
		t.Errorf("got\n%s\nwant\n%s", got, mixedText[1:])
	}
	plain := strings.ReplaceAll(mixedText[1:], "*", "")
	if got := text(t, &mixed, false); got != plain {
		t.Errorf("got\n%s\nwant\n%s", got, plain)
	}
}

const mixedMarkdown = `
| scenario | measure | target | ours | other | failsafe-throttler | 服务 |
| --- | --- | --- | --: | --: | --: | --: |
| overload ×10 | goodput | ≥ 0.93 | 0.950 ✓ | 0.9296 ✗ | **0.980** | **0.980** |
|  | longest gap, s | ≤ 6 | **1.25** ✓ | 12.3 ✗ | **1.25** | never |
| outage | lost, % |  | – | **0.00** | **0.00** | 7.00 |
|  | regret, calls | ≤ 140 | – ✗ | **140** ✓ | 141 | 1400 |
|  | refused, % |  | 99.96 | 10.0 | 50.0 | 0.00 |
|  | detect, s |  | never | never | never | never |

- *goodput*: of what could be
- *longest gap, s*: without a success
- *lost, %*: after the outage
- *regret, calls*: all in all
- *refused, %*: for good or bad
- *detect, s*: never is the worst

Targets met, of 3:

- ours: 2
- other: 1
- failsafe-throttler: 2
- 服务: 1

ours, the best of ours, misses 1:

- outage, regret: –, must be ≤ 140 calls
`

func TestMarkdown(t *testing.T) {
	if got := markdown(t, &mixed); got != mixedMarkdown[1:] {
		t.Errorf("got\n%s\nwant\n%s", got, mixedMarkdown[1:])
	}
}

// What a user writes can't break the table.
func TestMarkdownEscapes(t *testing.T) {
	table := report.Table{
		Engines: []report.Engine{{Name: "a|b *c* `d`"}},
		Rows:    []report.Row{{"x_y <z>", "served", "%", "as told", trials.Higher, trials.NoTarget, []float64{12}}},
	}
	const want = `
| scenario | measure | a\|b \*c\* \` + "`d\\`" + ` |
| --- | --- | --: |
| x\_y &lt;z> | served, % | **12.0** |

- *served, %*: as told
`
	if got := markdown(t, &table); got != want[1:] {
		t.Errorf("got\n%s\nwant\n%s", got, want[1:])
	}
}

func TestVerdict(t *testing.T) {
	row := func(values ...float64) report.Row {
		return report.Row{"S", "goodput", "", "", trials.Higher, atLeast(.9), values}
	}
	for _, c := range []struct {
		name  string
		table report.Table
		want  string // the summary
	}{
		{"all met", report.Table{[]report.Engine{{"a", true}, {"b", false}}, []report.Row{row(.95, .5), row(.9, .9)}},
			"Targets met, of 2:\n  a  2\n  b  1\n\na meets every target.\n"},
		{"the later one is better", report.Table{[]report.Engine{{"a", true}, {"b", true}}, []report.Row{row(.8, .95), row(.8, .7)}},
			"Targets met, of 2:\n  a  0\n  b  1\n\nb, the best of ours, misses 1:\n  S, goodput: 0.700, must be ≥ 0.9\n"},
		{"none is ours", report.Table{[]report.Engine{{"a", false}}, []report.Row{row(.8)}},
			"Targets met, of 1:\n  a  0\n"},
	} {
		got := text(t, &c.table, false)
		if _, got, _ := strings.Cut(got, "\n\n"); !strings.HasSuffix(got, c.want) || !strings.HasPrefix(got, "goodput\n\nTargets") {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
		if ours := c.table.Engines[0].Ours; c.table.Verdicts() != ours {
			t.Errorf("%s: Verdicts is %v, want %v", c.name, !ours, ours)
		}
	}
}

func TestFigure(t *testing.T) {
	for _, c := range []struct {
		unit   string
		target trials.Target
		value  float64
		want   string
	}{
		{"", trials.NoTarget, .12345, "x 0.123"},
		{"%", trials.NoTarget, 99.96, "x 99.96 %"},
		{"%", trials.NoTarget, 100, "x 100.0 %"},
		{"%", trials.NoTarget, 99.4, "x 99.4 %"},
		{"%", atMost(.1), .1004, "x 0.1004 %"},
		{"%", atMost(0), .000001, "x 0.000001 %"},
		{"", atLeast(.97), .9699999, "x 0.9699999"},
		{"", atLeast(.97), .97, "x 0.970"},
		{"s", trials.NoTarget, -.0001, "x 0.00 s"},
		{"s", trials.NoTarget, -12, "x -12.0 s"},
		{"s", trials.NoTarget, 9.996, "x 10.0 s"},
		{"calls", trials.NoTarget, 140.4, "x 140 calls"},
		{"s", trials.NoTarget, inf, "x never"},
		{"%", trials.NoTarget, nan, "x –"},
	} {
		m := trials.Measure{Name: "x", Unit: c.unit, Target: c.target}
		if got := report.Figure(m, c.value); got != c.want {
			t.Errorf("%v: %q, want %q", c.value, got, c.want)
		}
	}
}

// text shows bold by asterisks.
func text(t *testing.T, table *report.Table, bold bool) string {
	t.Helper()
	var b strings.Builder
	if err := table.Text(&b, report.Style{Bold: bold}); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("\x1b[1m", "*", "\x1b[0m", "*").Replace(b.String())
}

func markdown(t *testing.T, table *report.Table) string {
	t.Helper()
	var b strings.Builder
	if err := table.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
