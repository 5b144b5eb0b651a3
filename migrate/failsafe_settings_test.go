package migrate_test

import (
	"reflect"
	"testing"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

var failsafeSettings = []setting{
	{"WithFailureThreshold", "1", "hystrix.Config.ConsecutiveFailures", "off", ""},
	{"WithFailureThresholdRatio", "off", "hystrix.WithOpenRule", "", "no window of calls here, but of time"},
	{"WithFailureThresholdPeriod", "off", "hystrix.WithOpenRule", "", ""},
	{"WithFailureRateThreshold", "off", "hystrix.Config.ErrorPercentThreshold", "50", "0 to 1 in theirs, per cent here"},
	{"", "second argument", "hystrix.Config.RequestVolumeThreshold", "20", ""},
	{"", "third argument", "hystrix.Config.Window", "10s", "10 buckets, in both"},
	{"WithSuccessThreshold", "off", "hystrix.Config.SuccessesToClose", "1", "off: one success closes it, as many failures as opened it open it again; ours opens at the first"},
	{"", "the failure threshold", "hystrix.Config.Probes", "1", "calls at once while half-open"},
	{"WithSuccessThresholdRatio", "off", "hystrix.WithCloseRule", "", "a failed probe opens, unless a rule decides"},
	{"WithDelay", "1m", "hystrix.Config.SleepWindow", "5s", ""},
	{"WithRandomDelay", "off", "hystrix.Config.SleepJitter", "0.1", "stretches the sleep window at random, by up to this share"},
	{"WithJitter", "off", "hystrix.Config.SleepJitter", "0.1", "theirs also shortens it"},
	{"WithJitterFactor", "off", "hystrix.Config.SleepJitter", "0.1", ""},
	{"WithDelayFunc", "off", "hystrix.Config.MaxRetryAfter", "off", "what the callee asks for; `MaxSleepWindow` lets it grow"},
	{"HandleErrors", "any error", "circuit.WithClassifier", "", "any but a caller's own cancel, and refusals further down"},
	{"HandleErrorTypes", "any error", "circuit.WithClassifier", "", ""},
	{"HandleResult", "none", "circuitfailsafe.WithErrorOf", "", "makes the result an error, for the classifier"},
	{"HandleIf", "none", "circuit.WithClassifier", "", ""},
	{"OnStateChanged", "none", "hystrix.Breaker.Observe", "", ""},
	{"OnOpen", "none", "hystrix.Breaker.Observe", "", ""},
	{"OnHalfOpen", "none", "hystrix.Breaker.Observe", "", ""},
	{"OnClose", "none", "hystrix.Breaker.Observe", "", ""},
	{"OnSuccess", "none", "hystrix.WithAfter", "", "of a `hystrix.Command`"},
	{"OnFailure", "none", "hystrix.WithAfter", "", ""},
}

func TestFailsafeSettings(t *testing.T) {
	theirs := map[string]any{}
	builder := circuitbreaker.NewBuilder[string]()
	for m := range reflect.TypeFor[circuitbreaker.Builder[string]]().Methods() {
		if m.Name != "Build" {
			theirs[m.Name] = nil
		}
	}
	theirs["WithFailureThreshold"] = hidden(builder, "failureThreshold")
	theirs["WithDelay"] = hidden(builder, "Delay")
	compare(t, failsafeSettings, theirs, map[string]any{
		"hystrix.WithOpenRule":        hystrix.WithOpenRule,
		"hystrix.WithCloseRule":       hystrix.WithCloseRule,
		"hystrix.WithAfter":           hystrix.WithAfter,
		"hystrix.Breaker.Observe":     (*hystrix.Breaker).Observe,
		"circuit.WithClassifier":      circuit.WithClassifier,
		"circuitfailsafe.WithErrorOf": circuitfailsafe.WithErrorOf[string],
	})
}
