package circuitprom

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// sample is one value of a series. Prometheus' own constant metrics would do as well, and
// take half as long again and five times the allocations in BenchmarkScrape: these are
// made for a whole key at a time.
type sample struct {
	desc    *prometheus.Desc
	labels  []*dto.LabelPair // in order, and not to be changed
	counter *dto.Counter     // this or that
	gauge   *dto.Gauge
}

// Desc is [prometheus.Metric]'s.
func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write is [prometheus.Metric]'s.
func (s *sample) Write(out *dto.Metric) error {
	out.Label, out.Counter, out.Gauge = s.labels, s.counter, s.gauge
	return nil
}

// send sends the values of core/metrics for these families, save for those that are not
// told. The labels are those that all have.
func send(ch chan<- prometheus.Metric, families []family, values []float64, common ...*dto.LabelPair) {
	// Who receives them keeps them: none of this can be used again.
	values = append([]float64(nil), values...)
	samples := make([]sample, len(values))
	counting := 0
	for _, f := range families {
		if f.counter {
			counting += len(f.members)
		}
	}
	counters := make([]dto.Counter, counting)
	gauges := make([]dto.Gauge, len(values)-counting)
	labels := make([]*dto.LabelPair, 0, len(values)*(len(common)+1))

	i := 0
	for _, f := range families {
		for _, member := range f.members {
			value, s := &values[i], &samples[i]
			i++
			s.desc, s.labels = f.desc, common
			if member != nil {
				from := len(labels)
				labels = append(append(labels, common...), member)
				s.labels = labels[from:len(labels):len(labels)]
			}
			if f.counter {
				s.counter, counters = &counters[0], counters[1:]
				s.counter.Value = value
			} else {
				s.gauge, gauges = &gauges[0], gauges[1:]
				s.gauge.Value = value
			}
			if !math.IsNaN(*value) {
				ch <- s
			}
		}
	}
}
