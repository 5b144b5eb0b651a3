package circuitprom

import (
	"strings"

	"github.com/go-fusebox/fusebox/core/metrics"
	dto "github.com/prometheus/client_model/go"
)

// metricName follows the rules by which OpenTelemetry translates names to Prometheus, as
// far as core/metrics needs them: a unit in braces is left out, the unit 1 makes a ratio
// of a gauge.
func metricName(i metrics.Instrument) string {
	name := labelName(i.Name)
	switch {
	case i.Kind == metrics.Counter:
		return name + "_total"
	case i.Kind == metrics.Gauge && i.Unit == "1" && !strings.HasSuffix(name, "_ratio"):
		return name + "_ratio"
	}
	return name
}

func labelName(attribute string) string { return strings.ReplaceAll(attribute, ".", "_") }

func pair(attribute, value string) *dto.LabelPair {
	name := labelName(attribute)
	return &dto.LabelPair{Name: &name, Value: &value}
}
