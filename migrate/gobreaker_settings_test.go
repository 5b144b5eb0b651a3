package migrate_test

import (
	"testing"

	"github.com/sony/gobreaker/v2"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

var goBreakerSettings = []setting{
	{"Name", "", "group.Group.Get", "", "a key in a group; a breaker has no name"},
	{"MaxRequests", "1", "hystrix.Config.Probes", "1", "calls at once while half-open"},
	{"", "MaxRequests", "hystrix.Config.SuccessesToClose", "1", "successes that close it"},
	{"Interval", "none", "hystrix.Config.Window", "10s", "none: never cleared; without BucketPeriod it is cleared at once, ours always bit by bit"},
	{"BucketPeriod", "none", "hystrix.Config.Buckets", "10", "Window/BucketPeriod"},
	{"Timeout", "1m", "hystrix.Config.SleepWindow", "5s", "stretched by up to a tenth, unless SleepJitter is negative"},
	{"ReadyToTrip", "more than 5 failures in a row", "hystrix.Config.ConsecutiveFailures", "off", "6 is theirs: it opens with the sixth"},
	{"", "", "hystrix.Config.ErrorPercentThreshold", "50", "negative: off"},
	{"", "", "hystrix.Config.RequestVolumeThreshold", "20", ""},
	{"", "", "hystrix.WithOpenRule", "", "a rule of your own"},
	{"OnStateChange", "none", "hystrix.Breaker.Observe", "", ""},
	{"IsSuccessful", "no error", "circuit.WithClassifier", "", "`circuit.Success`; also `WithClassifier` of each adapter"},
	{"IsExcluded", "none", "circuit.WithClassifier", "", "`circuit.Ignored`, as a caller's own cancel by default"},
}

func TestGoBreakerSettings(t *testing.T) {
	theirs := map[string]any{}
	fields(theirs, "", gobreaker.Settings{})
	cb := gobreaker.NewCircuitBreaker[string](gobreaker.Settings{})
	theirs["MaxRequests"] = hidden(cb, "maxRequests")
	theirs["Timeout"] = hidden(cb, "timeout")
	theirs["Interval"] = hidden(cb, "interval")
	compare(t, goBreakerSettings, theirs, map[string]any{
		"group.Group.Get":         (*group.Group).Get,
		"hystrix.WithOpenRule":    hystrix.WithOpenRule,
		"hystrix.Breaker.Observe": (*hystrix.Breaker).Observe,
		"circuit.WithClassifier":  circuit.WithClassifier,
	})
}
