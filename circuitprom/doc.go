// Package circuitprom shows groups of circuit breakers to Prometheus.
//
// [NewCollector] makes a collector of a group, under a name that tells it from others:
//
//	prometheus.MustRegister(circuitprom.NewCollector("payments", g))
//
// A registry takes as many groups as there are, each under a name of its own; a name
// that is there already is an error at Register. The metrics are those of package
// core/metrics, in Prometheus' spelling: circuit_breaker.call.refused is
// circuit_breaker_call_refused_total. They have the names, types, labels and values that
// OpenTelemetry's own exporter makes of package circuitotel, so that the dashboard and
// the alert rules that lie beside this package fit both.
//
// # What it costs
//
// Nothing is done between scrapes. Once there is a collector, the breakers of its group
// count the calls that they admit, which is a few nanoseconds a call. A scrape takes each
// breaker's lock once, and makes 20 series for each key, so that the cap of the group
// bounds their number; BenchmarkScrape measures one of 10,000 keys.
package circuitprom
