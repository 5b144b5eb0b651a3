package circuitotel

import (
	"math"

	"github.com/go-fusebox/fusebox/core/metrics"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// instrument is one of core/metrics as OpenTelemetry has it, in one of its two forms.
type instrument struct {
	whole   metric.Int64Observable
	ratio   metric.Float64Observable
	members []attribute.KeyValue // of its own attribute; none if it has none
}

func observables(m metric.Meter, table []metrics.Instrument) ([]instrument, error) {
	made := make([]instrument, len(table))
	for i, t := range table {
		var err error
		description, unit := metric.WithDescription(t.Description), metric.WithUnit(t.Unit)
		switch t.Kind {
		case metrics.Counter:
			made[i].whole, err = m.Int64ObservableCounter(t.Name, description, unit)
		case metrics.UpDownCounter:
			made[i].whole, err = m.Int64ObservableUpDownCounter(t.Name, description, unit)
		default:
			made[i].ratio, err = m.Float64ObservableGauge(t.Name, description, unit)
		}
		if err != nil {
			return nil, err
		}
		for _, member := range t.Values {
			made[i].members = append(made[i].members, attribute.String(t.Attribute, member))
		}
	}
	return made, nil
}

// registered are those that a callback has to name to observe them.
func registered(tables ...[]instrument) (all []metric.Observable) {
	for _, table := range tables {
		for _, i := range table {
			if i.whole != nil {
				all = append(all, i.whole)
			} else {
				all = append(all, i.ratio)
			}
		}
	}
	return all
}

// observe tells o the values of core/metrics for these instruments. The attributes are
// those that all have.
func observe(o metric.Observer, table []instrument, values []float64, common ...attribute.KeyValue) {
	plain := metric.WithAttributeSet(attribute.NewSet(common...))
	for _, i := range table {
		if len(i.members) == 0 {
			i.observe(o, values[0], plain)
			values = values[1:]
		}
		for _, member := range i.members {
			i.observe(o, values[0], metric.WithAttributes(append(common, member)...))
			values = values[1:]
		}
	}
}

// observe leaves out what is not told.
func (i instrument) observe(o metric.Observer, value float64, attributes metric.ObserveOption) {
	switch {
	case math.IsNaN(value):
	case i.whole != nil:
		o.ObserveInt64(i.whole, int64(value), attributes)
	default:
		o.ObserveFloat64(i.ratio, value, attributes)
	}
}
