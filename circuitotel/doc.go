// Package circuitotel shows groups of circuit breakers to OpenTelemetry.
//
// [Register] makes observable instruments of a group, under a name that tells it from
// others, with the global meter provider or another one:
//
//	unregister, err := circuitotel.Register("payments", g)
//
// [Refused] is for the option WithRefusalObserver of the adapters: it puts an event on the
// caller's span for each call that was refused.
//
// The instruments are those of package core/metrics. OpenTelemetry's Prometheus exporter
// makes of them the metrics of package circuitprom, whose dashboard and alert rules
// therefore fit, too.
//
// # Cardinality
//
// The group's cap bounds the number of keys. Each key has 4 attribute sets of the
// instruments by mode and by outcome, 3 of those by state, and 1 of each other. An SDK
// may have a bound of its own on the sets of one instrument, 2,000 in newer versions,
// which is 500 keys here: what comes beyond is summed up in one set with the attribute
// otel.metric.overflow, and its keys can't be told apart. If a group may have more, raise
// it where the meter provider is made, by a little more than 4 times the cap:
//
//	sdkmetric.NewMeterProvider(sdkmetric.WithCardinalityLimit(4*10_000 + 100))
//
// # Temporality
//
// A counter is as old as its breaker, and begins anew when the group evicts the key or a
// reload replaces the breaker. Cumulative exporters show that as a counter that was reset.
// With delta temporality, the difference that is exported then is negative, once.
package circuitotel
