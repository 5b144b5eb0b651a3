package migrate_test

import (
	"testing"

	hystrixgo "github.com/afex/hystrix-go/hystrix"
)

var hystrixGoSettings = []setting{
	{"Timeout", "1000 ms", "hystrix.CommandConfig.Timeout", "none", "a `time.Duration`, as all here; it ends ctx, too"},
	{"MaxConcurrentRequests", "10", "hystrix.CommandConfig.MaxConcurrent", "none", "theirs counts those refused as failures"},
	{"RequestVolumeThreshold", "20", "hystrix.Config.RequestVolumeThreshold", "20", "theirs counts refused calls, too"},
	{"SleepWindow", "5000 ms", "hystrix.Config.SleepWindow", "5s", ""},
	{"", "", "hystrix.Config.SleepJitter", "0.1", "stretches it at random; negative: not, as theirs"},
	{"ErrorPercentThreshold", "50", "hystrix.Config.ErrorPercentThreshold", "50", "theirs rounds the share to a whole per cent"},
	{"", "10 s", "hystrix.Config.Window", "10s", ""},
	{"", "1 s each", "hystrix.Config.Buckets", "10", ""},
	{"", "1", "hystrix.Config.Probes", "1", "theirs has one each sleep window, ours one at a time"},
	{"", "1", "hystrix.Config.SuccessesToClose", "1", ""},
	{"", "", "hystrix.CommandConfig.MaxConcurrentFallbacks", "none", ""},
}

func TestHystrixGoSettings(t *testing.T) {
	theirs := map[string]any{}
	fields(theirs, "", hystrixgo.CommandConfig{
		Timeout:                hystrixgo.DefaultTimeout,
		MaxConcurrentRequests:  hystrixgo.DefaultMaxConcurrent,
		RequestVolumeThreshold: hystrixgo.DefaultVolumeThreshold,
		SleepWindow:            hystrixgo.DefaultSleepWindow,
		ErrorPercentThreshold:  hystrixgo.DefaultErrorPercentThreshold,
	})
	compare(t, hystrixGoSettings, theirs, nil)
}
