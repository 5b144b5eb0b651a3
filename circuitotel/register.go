package circuitotel

import (
	"context"
	"sync"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/metrics"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// ScopeName is the instrumentation scope of the meter.
const ScopeName = "github.com/go-fusebox/fusebox/circuitotel"

// Option changes what [Register] does.
type Option interface{ apply(*config) }

type config struct{ provider metric.MeterProvider }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithMeterProvider registers with p in place of the global meter provider. A nil p
// changes nothing.
func WithMeterProvider(p metric.MeterProvider) Option {
	return optionFunc(func(c *config) {
		if p != nil {
			c.provider = p
		}
	})
}

// Register shows g to the meter provider, until unregister is called, under a name that
// no other group there has: values of the same name and key would be added up. From now
// on g's breakers count what they admit. The values are read when the provider asks for
// them, by one callback.
func Register(name string, g *group.Group, opts ...Option) (unregister func() error, err error) {
	c := config{provider: otel.GetMeterProvider()}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	meter := c.provider.Meter(ScopeName)
	ofKey, err := observables(meter, metrics.OfKey())
	if err != nil {
		return nil, err
	}
	ofGroup, err := observables(meter, metrics.OfGroup())
	if err != nil {
		return nil, err
	}
	named := attribute.String(metrics.GroupAttribute, metrics.Printable(name))
	registration, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		observe(o, ofGroup, metrics.Group(g), named)
		for key, values := range metrics.Keys(g) {
			observe(o, ofKey, values, named, attribute.String(metrics.KeyAttribute, key))
		}
		return nil
	}, registered(ofKey, ofGroup)...)
	if err != nil {
		return nil, err
	}
	stop := metrics.CountAdmissions(g)
	return sync.OnceValue(func() error {
		stop()
		return registration.Unregister()
	}), nil
}
