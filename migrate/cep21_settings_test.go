package migrate_test

import (
	"testing"

	cep21 "github.com/cep21/circuit/v4"
	closers "github.com/cep21/circuit/v4/closers/hystrix"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

var cep21Settings = []setting{
	{"Execution.Timeout", "1s", "hystrix.CommandConfig.Timeout", "none", "with it each run has a goroutine, as theirs by `Go`"},
	{"Execution.MaxConcurrentRequests", "10", "hystrix.CommandConfig.MaxConcurrent", "none", "negative in theirs: none"},
	{"Execution.IgnoreInterrupts", "false", "hystrix.WithCommandClassifier", "", "for what run returns; a cancel ends the call as an interrupt"},
	{"Execution.IsErrInterrupt", "any", "hystrix.WithCommandClassifier", "", "a deadline of the caller's is a timeout here, an interrupt there"},
	{"Fallback.Disabled", "false", "", "", "give no fallback"},
	{"Fallback.MaxConcurrentRequests", "10", "hystrix.CommandConfig.MaxConcurrentFallbacks", "none", ""},
	{"General.Disabled", "false", "circuit.Disabled.Allow", "", "a breaker that admits everything; for one key `group.WithOverride`"},
	{"General.ForceOpen", "false", "hystrix.Breaker.SetMode", "", "`circuit.ForceOpen`; `Override` for a time"},
	{"General.ForcedClosed", "false", "hystrix.Breaker.SetMode", "", "`circuit.ForceClose`; `circuit.Observe` decides and counts, and refuses nothing"},
	{"General.GoLostErrors", "none", "hystrix.WithLatePanic", "", "panics; errors that come late are dropped"},
	{"General.ClosedToOpenFactory", "never opens", "hystrix.WithOpenRule", "", "beside the fields of `Config`"},
	{"General.OpenToClosedFactory", "never closes", "hystrix.WithCloseRule", "", "or `hystrix.WithHealthCheck`"},
	{"General.CustomConfig", "none", "", "", ""},
	{"General.TimeKeeper", "time.Now", "", "", "none: `testing/synctest` is enough"},
	{"Metrics.Run", "none", "hystrix.WithAfter", "", ""},
	{"Metrics.Fallback", "none", "hystrix.Command.Stats", "", ""},
	{"Metrics.Circuit", "none", "hystrix.Breaker.Observe", "", ""},
	{"ConfigureOpener.ErrorThresholdPercentage", "50", "hystrix.Config.ErrorPercentThreshold", "50", ""},
	{"ConfigureOpener.RequestVolumeThreshold", "20", "hystrix.Config.RequestVolumeThreshold", "20", ""},
	{"ConfigureOpener.RollingDuration", "10s", "hystrix.Config.Window", "10s", ""},
	{"ConfigureOpener.NumBuckets", "10", "hystrix.Config.Buckets", "10", ""},
	{"ConfigureOpener.Now", "time.Now", "", "", ""},
	{"ConfigureCloser.SleepWindow", "5s", "hystrix.Config.SleepWindow", "5s", "stretched by up to a tenth, unless SleepJitter is negative"},
	{"ConfigureCloser.HalfOpenAttempts", "1", "hystrix.Config.Probes", "1", "theirs per sleep window, ours at once"},
	{"ConfigureCloser.RequiredConcurrentSuccessful", "1", "hystrix.Config.SuccessesToClose", "1", ""},
	{"ConfigureCloser.AfterFunc", "time.AfterFunc", "", "", ""},
}

func TestCep21Settings(t *testing.T) {
	config := cep21.NewCircuitFromConfig("users", cep21.Config{}).Config()
	theirs := map[string]any{}
	fields(theirs, "Execution", config.Execution)
	fields(theirs, "Fallback", config.Fallback)
	fields(theirs, "General", config.General)
	fields(theirs, "Metrics", config.Metrics)
	opener := closers.OpenerFactory(closers.ConfigureOpener{})().(*closers.Opener)
	fields(theirs, "ConfigureOpener", opener.Config())
	closer := closers.CloserFactory(closers.ConfigureCloser{})().(*closers.Closer)
	fields(theirs, "ConfigureCloser", closer.Config())
	theirs["General.TimeKeeper"] = config.General.TimeKeeper.Now
	compare(t, cep21Settings, theirs, map[string]any{
		"hystrix.WithCommandClassifier": hystrix.WithCommandClassifier,
		"hystrix.WithLatePanic":         hystrix.WithLatePanic,
		"hystrix.WithOpenRule":          hystrix.WithOpenRule,
		"hystrix.WithCloseRule":         hystrix.WithCloseRule,
		"hystrix.WithAfter":             hystrix.WithAfter,
		"hystrix.Command.Stats":         (*hystrix.Command).Stats,
		"hystrix.Breaker.Observe":       (*hystrix.Breaker).Observe,
		"hystrix.Breaker.SetMode":       (*hystrix.Breaker).SetMode,
		"circuit.Disabled.Allow":        circuit.Disabled.Allow,
	})
}
