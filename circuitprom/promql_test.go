package circuitprom_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	dto "github.com/prometheus/client_model/go"
)

// checker reads expressions as Prometheus would, as far as those that ship need it, and
// holds them against what a real exporter shows.
type checker struct {
	shown map[string]*dto.MetricFamily
	used  map[string]bool // metrics that any expression names
}

func newChecker(shown map[string]*dto.MetricFamily) *checker {
	return &checker{shown, map[string]bool{}}
}

// The functions of PromQL that the expressions may use.
var (
	overTime     = []string{"rate", "increase", "max_over_time"}
	ofCounters   = []string{"rate", "increase"}
	aggregations = []string{"sum", "max", "topk"}
)

// check returns the labels that the expression's result has.
func (c *checker) check(expr string) (labels []string, err error) {
	e, err := metricsql.Parse(strings.NewReplacer("$__rate_interval", "5m", "$__range", "1h").Replace(expr))
	if err != nil {
		return nil, err
	}
	return c.of(e, "")
}

// of is the labels of e, which is an argument of that function, if of any.
func (c *checker) of(e metricsql.Expr, function string) ([]string, error) {
	if _, isRange := e.(*metricsql.RollupExpr); isRange != slices.Contains(overTime, function) {
		return nil, fmt.Errorf("%s is an argument of %q", e.AppendString(nil), function)
	}
	switch e := e.(type) {
	case *metricsql.NumberExpr:
		return nil, nil
	case *metricsql.MetricExpr:
		return c.ofMetric(e, function)
	case *metricsql.RollupExpr:
		m, ok := e.Expr.(*metricsql.MetricExpr)
		if !ok || e.Window == nil || e.Step != nil || e.Offset != nil || e.At != nil {
			return nil, fmt.Errorf("%s is no plain range", e.AppendString(nil))
		}
		return c.ofMetric(m, function)
	case *metricsql.FuncExpr:
		if !slices.Contains(overTime, e.Name) || len(e.Args) != 1 || e.KeepMetricNames {
			return nil, fmt.Errorf("function %s", e.AppendString(nil))
		}
		return c.of(e.Args[0], e.Name)
	case *metricsql.AggrFuncExpr:
		return c.ofAggregation(e)
	case *metricsql.BinaryOpExpr:
		return c.ofPair(e)
	}
	return nil, fmt.Errorf("%T", e)
}

func (c *checker) ofMetric(e *metricsql.MetricExpr, function string) ([]string, error) {
	if len(e.LabelFilterss) != 1 {
		return nil, fmt.Errorf("%s isn't one selector", e.AppendString(nil))
	}
	filters := e.LabelFilterss[0]
	if len(filters) == 0 || filters[0].Label != "__name__" || filters[0].IsRegexp {
		return nil, fmt.Errorf("%s names no metric", e.AppendString(nil))
	}
	family, ok := c.shown[filters[0].Value]
	if !ok {
		return nil, fmt.Errorf("there is no metric %s", filters[0].Value)
	}
	c.used[family.GetName()] = true
	if counter := family.GetType() == dto.MetricType_COUNTER; counter != slices.Contains(ofCounters, function) {
		return nil, fmt.Errorf("the %v %s is an argument of %q", family.GetType(), family.GetName(), function)
	}
	matching := slices.Clone(family.GetMetric())
	for _, f := range filters[1:] {
		matching = slices.DeleteFunc(matching, func(m *dto.Metric) bool { return !matches(m, f) })
		if len(matching) == 0 {
			return nil, fmt.Errorf("no series of %s has %s", family.GetName(), f.AppendString(nil))
		}
	}
	return labelsOf(family), nil
}

// matches is false for a label that m hasn't; what a variable stands for matches.
func matches(m *dto.Metric, f metricsql.LabelFilter) bool {
	for _, pair := range m.GetLabel() {
		if pair.GetName() != f.Label {
			continue
		}
		if strings.Contains(f.Value, "$") {
			return true
		}
		is := pair.GetValue() == f.Value
		if f.IsRegexp {
			is = regexp.MustCompile("^(?:" + f.Value + ")$").MatchString(pair.GetValue())
		}
		return is != f.IsNegative
	}
	return false
}

func labelsOf(f *dto.MetricFamily) (labels []string) {
	for _, pair := range f.GetMetric()[0].GetLabel() {
		labels = append(labels, pair.GetName())
	}
	return labels
}

func (c *checker) ofAggregation(e *metricsql.AggrFuncExpr) ([]string, error) {
	if !slices.Contains(aggregations, e.Name) || e.Limit != 0 {
		return nil, fmt.Errorf("aggregation %s", e.AppendString(nil))
	}
	labels, err := c.of(e.Args[len(e.Args)-1], e.Name)
	if err != nil {
		return nil, err
	}
	if (len(e.Args) == 2) != (e.Name == "topk") {
		return nil, fmt.Errorf("%d arguments of %s", len(e.Args), e.Name)
	}
	if e.Name == "topk" {
		return labels, nil
	}
	if op := e.Modifier.Op; op != "by" && op != "" {
		return nil, fmt.Errorf("%s %s", e.Name, op)
	}
	return e.Modifier.Args, subset(e.Modifier.Args, labels)
}

func (c *checker) ofPair(e *metricsql.BinaryOpExpr) ([]string, error) {
	if by, ok := e.Right.(*metricsql.BinaryOpExpr); e.Op == "/" && (!ok || by.Op != ">") {
		return nil, fmt.Errorf("%s may be 0", e.Right.AppendString(nil))
	}
	left, err := c.of(e.Left, "")
	if err != nil {
		return nil, err
	}
	right, err := c.of(e.Right, "")
	if err != nil || right == nil {
		return left, err
	}
	if left == nil {
		return right, nil
	}
	switch e.GroupModifier.Op {
	case "ignoring":
		if err := subset(e.GroupModifier.Args, append(slices.Clone(left), right...)); err != nil {
			return nil, err
		}
		ignored := func(label string) bool { return slices.Contains(e.GroupModifier.Args, label) }
		if a, b := slices.DeleteFunc(slices.Clone(left), ignored), slices.DeleteFunc(slices.Clone(right), ignored); !slices.Equal(a, b) {
			return nil, fmt.Errorf("%q never match %q", a, b)
		}
	case "":
		if !slices.Equal(left, right) {
			return nil, fmt.Errorf("%q never match %q", left, right)
		}
	default:
		return nil, fmt.Errorf("%s", e.GroupModifier.Op)
	}
	return left, nil
}

func subset(labels, of []string) error {
	for _, l := range labels {
		if !slices.Contains(of, l) {
			return fmt.Errorf("there is no label %s, but %q", l, of)
		}
	}
	return nil
}

// unused are the metrics that no expression names.
func (c *checker) unused() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.shown)), func(name string) bool { return c.used[name] })
}

// The checker itself: what it lets pass, and what it finds.
func TestCheckerFindsMistakes(t *testing.T) {
	c := newChecker(everything(t))
	for expr, want := range map[string]string{
		`rate(circuit_breaker_call_refused_total[5m]) > 0`:                                   "",
		`sum by (circuit_breaker_key) (circuit_breaker_state{circuit_breaker_state="open"})`: "",
		`circuit_breaker_nothing`:                                                              "there is no metric",
		`{circuit_breaker_key="pay"}`:                                                          "names no metric",
		`circuit_breaker_call_refused_total`:                                                   "COUNTER",
		`rate(circuit_breaker_call_refused_total)`:                                             "is an argument of",
		`rate(circuit_breaker_drop_ratio[5m])`:                                                 "GAUGE",
		`circuit_breaker_drop_ratio[5m]`:                                                       "is an argument of",
		`circuit_breaker_state{circuit_breaker_state="half_open"}`:                             "no series",
		`circuit_breaker_state{circuit_breaker_state=~"opened|halved"}`:                        "no series",
		`circuit_breaker_drop_ratio{circuit_breaker_state="open"}`:                             "no series",
		`circuit_breaker_drop_ratio{job!="x"}`:                                                 "no series",
		`sum by (circuit_breaker_outcome) (circuit_breaker_state)`:                             "there is no label",
		`circuit_breaker_state and circuit_breaker_mode`:                                       "never match",
		`circuit_breaker_state and ignoring (circuit_breaker_state) circuit_breaker_mode`:      "never match",
		`circuit_breaker_state and ignoring (circuit_breaker_outcome) circuit_breaker_state`:   "there is no label",
		`rollup_rate(circuit_breaker_call_refused_total[5m])`:                                  "function",
		`circuit_breaker_drop_ratio / circuit_breaker_drop_ratio`:                              "may be 0",
		`circuit_breaker_drop_ratio / (circuit_breaker_drop_ratio > 0)`:                        "",
		`median(circuit_breaker_drop_ratio)`:                                                   "aggregation",
		`sum by (circuit_breaker_key) (circuit_breaker_drop_ratio`:                             "unexpected token",
		`max_over_time(max by (circuit_breaker_key) (circuit_breaker_drop_ratio)[5m:1m]) == 1`: "no plain range",
	} {
		_, err := c.check(expr)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", expr, err, want)
		}
	}
	if got := c.unused(); slices.Contains(got, "circuit_breaker_state") || !slices.Contains(got, "circuit_breaker_event_dropped_total") {
		t.Errorf("unused are %q", got)
	}
}
