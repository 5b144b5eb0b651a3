package hystrix_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestWrongConfig(t *testing.T) {
	const (
		wantPercent = "must be above 0 and at most 100, or negative for no such rule"
		wantRule    = "must be above 0 when ErrorPercentThreshold and SlowCallDuration are off"
		wantFrom0   = "must be from 0 to 1000000000"
		wantTo1e9   = "must be from 1 to 1000000000"
		wantTo1000  = "must be from 1 to 1000"
		wantWindow  = "must be from 10ms to 1h0m0s"
		wantDay     = "must be from 1ms to 24h0m0s"
		wantJitter  = "must be from 0 to 1, or negative for none"
		wantHour    = "must be from 1ms to 1h0m0s"
		wantSlow    = "must be above 0 and at most 100"
		wantRatio   = "must be above 0 and at most 1"
		wantMax     = "must be from 5s to 24h0m0s"
	)
	for _, tt := range []struct {
		config hystrix.Config
		field  string
		value  any
		want   string
	}{
		{hystrix.Config{ErrorPercentThreshold: math.NaN(), ConsecutiveFailures: 1}, "ErrorPercentThreshold", math.NaN(), wantPercent},
		{hystrix.Config{ErrorPercentThreshold: math.Inf(1)}, "ErrorPercentThreshold", math.Inf(1), wantPercent},
		{hystrix.Config{ErrorPercentThreshold: 100.5}, "ErrorPercentThreshold", 100.5, wantPercent},
		{hystrix.Config{ErrorPercentThreshold: -1}, "ConsecutiveFailures", 0, wantRule},
		{hystrix.Config{ErrorPercentThreshold: math.Inf(-1)}, "ConsecutiveFailures", 0, wantRule},
		{hystrix.Config{ConsecutiveFailures: -1}, "ConsecutiveFailures", -1, wantFrom0},
		{hystrix.Config{ConsecutiveFailures: 1e9 + 1}, "ConsecutiveFailures", 1_000_000_001, wantFrom0},
		{hystrix.Config{RequestVolumeThreshold: -1}, "RequestVolumeThreshold", -1, wantTo1e9},
		{hystrix.Config{RequestVolumeThreshold: 1e9 + 1}, "RequestVolumeThreshold", 1_000_000_001, wantTo1e9},
		{hystrix.Config{Window: -s}, "Window", -s, wantWindow},
		{hystrix.Config{Window: 10*ms - 1}, "Window", 10*ms - 1, wantWindow},
		{hystrix.Config{Window: time.Hour + 1}, "Window", time.Hour + 1, wantWindow},
		{hystrix.Config{Buckets: -1}, "Buckets", -1, wantTo1000},
		{hystrix.Config{Buckets: 1001}, "Buckets", 1001, wantTo1000},
		{hystrix.Config{SleepWindow: -s}, "SleepWindow", -s, wantDay},
		{hystrix.Config{SleepWindow: ms - 1}, "SleepWindow", ms - 1, wantDay},
		{hystrix.Config{SleepWindow: 24*time.Hour + 1}, "SleepWindow", 24*time.Hour + 1, wantDay},
		{hystrix.Config{SleepJitter: math.NaN()}, "SleepJitter", math.NaN(), wantJitter},
		{hystrix.Config{SleepJitter: math.Inf(1)}, "SleepJitter", math.Inf(1), wantJitter},
		{hystrix.Config{SleepJitter: 1.01}, "SleepJitter", 1.01, wantJitter},
		{hystrix.Config{MaxSleepWindow: -s}, "MaxSleepWindow", -s, wantMax},
		{hystrix.Config{MaxSleepWindow: 5*s - 1}, "MaxSleepWindow", 5*s - 1, wantMax},
		{hystrix.Config{MaxSleepWindow: 24*time.Hour + 1}, "MaxSleepWindow", 24*time.Hour + 1, wantMax},
		{hystrix.Config{SlowCallDuration: ms - 1}, "SlowCallDuration", ms - 1, wantHour},
		{hystrix.Config{SlowCallDuration: time.Hour + 1}, "SlowCallDuration", time.Hour + 1, wantHour},
		{hystrix.Config{SlowCallPercentThreshold: -1}, "SlowCallPercentThreshold", -1.0, wantSlow},
		{hystrix.Config{SlowCallPercentThreshold: 100.5}, "SlowCallPercentThreshold", 100.5, wantSlow},
		{hystrix.Config{SlowCallPercentThreshold: math.NaN()}, "SlowCallPercentThreshold", math.NaN(), wantSlow},
		{hystrix.Config{MaxRetryAfter: ms - 1}, "MaxRetryAfter", ms - 1, wantDay},
		{hystrix.Config{MaxRetryAfter: 24*time.Hour + 1}, "MaxRetryAfter", 24*time.Hour + 1, wantDay},
		{hystrix.Config{ProbeRatio: -.5}, "ProbeRatio", -.5, wantRatio},
		{hystrix.Config{ProbeRatio: 1.01}, "ProbeRatio", 1.01, wantRatio},
		{hystrix.Config{ProbeRatio: math.NaN()}, "ProbeRatio", math.NaN(), wantRatio},
		{hystrix.Config{RampUp: ms - 1}, "RampUp", ms - 1, wantHour},
		{hystrix.Config{RampUp: time.Hour + 1}, "RampUp", time.Hour + 1, wantHour},
		{hystrix.Config{Probes: -1}, "Probes", -1, wantTo1000},
		{hystrix.Config{Probes: 1001}, "Probes", 1001, wantTo1000},
		{hystrix.Config{SuccessesToClose: -1}, "SuccessesToClose", -1, wantTo1e9},
		{hystrix.Config{SuccessesToClose: 1e9 + 1}, "SuccessesToClose", 1_000_000_001, wantTo1e9},
		{hystrix.Config{ProbeLifetime: -s}, "ProbeLifetime", -s, wantDay},
		{hystrix.Config{ProbeLifetime: ms - 1}, "ProbeLifetime", ms - 1, wantDay},
		{hystrix.Config{ProbeLifetime: 24*time.Hour + 1}, "ProbeLifetime", 24*time.Hour + 1, wantDay},
	} {
		err := tt.config.Validate()
		var got *circuit.FieldError
		if !errors.As(err, &got) {
			t.Errorf("%+v: %v, want a FieldError", tt.config, err)
			continue
		}
		sameValue := fmt.Sprintf("%T %v", got.Value, got.Value) == fmt.Sprintf("%T %v", tt.value, tt.value) // NaN is not NaN
		if got.Package != "hystrix" || got.Field != tt.field || !sameValue || got.Want != tt.want {
			t.Errorf("%+v: %+v, want %s, %v, %q", tt.config, got, tt.field, tt.value, tt.want)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: more than one field is called wrong:\n%v", tt.config, err)
		}
		if b, err := hystrix.New(tt.config); b != nil || err == nil {
			t.Errorf("New(%+v) = %v, %v, want no breaker and an error", tt.config, b, err)
		}
	}
}

func TestConfigAtItsBounds(t *testing.T) {
	for _, c := range []hystrix.Config{
		{},
		{ErrorPercentThreshold: 5e-324, RequestVolumeThreshold: 1, ConsecutiveFailures: 1, Window: 10 * ms, Buckets: 1,
			SleepWindow: ms, SleepJitter: 5e-324, MaxSleepWindow: ms, Probes: 1, SuccessesToClose: 1, ProbeLifetime: ms},
		{ErrorPercentThreshold: 100, RequestVolumeThreshold: 1e9, ConsecutiveFailures: 1e9, Window: time.Hour, Buckets: 1000,
			SleepWindow: 24 * time.Hour, SleepJitter: 1, MaxSleepWindow: 24 * time.Hour, Probes: 1000, SuccessesToClose: 1e9,
			ProbeLifetime: 24 * time.Hour},
		{ErrorPercentThreshold: -1, ConsecutiveFailures: 1, SleepJitter: -1},
		{ErrorPercentThreshold: math.Inf(-1), ConsecutiveFailures: 1, SleepJitter: math.Inf(-1)},
	} {
		if _, err := hystrix.New(c); err != nil {
			t.Errorf("New(%+v): %v", c, err)
		}
	}
}

func TestConfigErrorNamesEveryWrongField(t *testing.T) {
	err := hystrix.Config{
		ErrorPercentThreshold: 101, RequestVolumeThreshold: -2, ConsecutiveFailures: -3, Window: 4, Buckets: -5,
		SleepWindow: 6, SleepJitter: 7, MaxSleepWindow: -8, Probes: -9, SuccessesToClose: -10, ProbeLifetime: 11,
		SlowCallDuration: -12, SlowCallPercentThreshold: -13, MaxRetryAfter: -14, ProbeRatio: -15, RampUp: -16,
	}.Validate()
	want := `hystrix: ErrorPercentThreshold is 101, must be above 0 and at most 100, or negative for no such rule
hystrix: RequestVolumeThreshold is -2, must be from 1 to 1000000000
hystrix: ConsecutiveFailures is -3, must be from 0 to 1000000000
hystrix: Window is 4ns, must be from 10ms to 1h0m0s
hystrix: Buckets is -5, must be from 1 to 1000
hystrix: SleepWindow is 6ns, must be from 1ms to 24h0m0s
hystrix: SleepJitter is 7, must be from 0 to 1, or negative for none
hystrix: SlowCallDuration is -12ns, must be from 1ms to 1h0m0s
hystrix: SlowCallPercentThreshold is -13, must be above 0 and at most 100
hystrix: MaxRetryAfter is -14ns, must be from 1ms to 24h0m0s
hystrix: ProbeRatio is -15, must be above 0 and at most 1
hystrix: RampUp is -16ns, must be from 1ms to 1h0m0s
hystrix: MaxSleepWindow is -8ns, must be from 6ns to 24h0m0s
hystrix: Probes is -9, must be from 1 to 1000
hystrix: SuccessesToClose is -10, must be from 1 to 1000000000
hystrix: ProbeLifetime is 11ns, must be from 1ms to 24h0m0s`
	if err == nil || err.Error() != want {
		t.Errorf("the error is\n%v\nwant\n%s", err, want)
	}
}

// The numbers that the fields' doc comments give.
func TestConfigDefaults(t *testing.T) {
	want := hystrix.Config{
		ErrorPercentThreshold: 50, RequestVolumeThreshold: 20, Window: 10 * s, Buckets: 10,
		SleepWindow: 5 * s, SleepJitter: 0.1, Probes: 1, SuccessesToClose: 1, ProbeLifetime: 10 * s,
		SlowCallPercentThreshold: 50, ProbeRatio: 1,
	}
	if got := newBreaker(t, hystrix.Config{}).Config(); got != want {
		t.Errorf("the settings in force are %+v, want %+v", got, want)
	}
}

func TestConfigInJSON(t *testing.T) {
	full := hystrix.Config{
		ErrorPercentThreshold: 33.5, RequestVolumeThreshold: 7, ConsecutiveFailures: 9, Window: 1500 * ms, Buckets: 3,
		SleepWindow: time.Minute, SleepJitter: -1, MaxSleepWindow: time.Hour, Probes: 2, SuccessesToClose: 4, ProbeLifetime: 250 * ms,
		SlowCallDuration: 800 * ms, SlowCallPercentThreshold: 60, MaxRetryAfter: time.Minute, ProbeRatio: .25, RampUp: 30 * s,
	}
	for _, tt := range []struct {
		config hystrix.Config
		want   string
	}{
		{hystrix.Config{}, `{}`},
		{full, `{"errorPercentThreshold":33.5,"requestVolumeThreshold":7,"consecutiveFailures":9,` +
			`"slowCallDuration":"800ms","slowCallPercentThreshold":60,"window":"1.5s","buckets":3,` +
			`"sleepWindow":"1m0s","sleepJitter":-1,"maxSleepWindow":"1h0m0s","maxRetryAfter":"1m0s","probeRatio":0.25,` +
			`"probes":2,"successesToClose":4,"probeLifetime":"250ms","rampUp":"30s"}`},
	} {
		data, err := json.Marshal(tt.config)
		if err != nil || string(data) != tt.want {
			t.Errorf("%+v is %s, %v in JSON, want %s", tt.config, data, err, tt.want)
		}
		var back hystrix.Config
		if err := json.Unmarshal(data, &back); err != nil || back != tt.config {
			t.Errorf("%s reads as %+v, %v, want %+v", data, back, err, tt.config)
		}
	}

	over := full
	if err := json.Unmarshal([]byte(`{"window":"5s","probes":50}`), &over); err != nil {
		t.Fatal(err)
	}
	want := full
	want.Window, want.Probes = 5*s, 50
	if over != want {
		t.Errorf("JSON over another Config makes %+v, want %+v", over, want)
	}
	err := json.Unmarshal([]byte(`{"sleepWindows":"5s"}`), &over)
	if err == nil || !strings.Contains(err.Error(), `hystrix: json: unknown field "sleepWindows"`) || over != want {
		t.Errorf("an unknown field: %v and %+v, want an error that names it, and no change", err, over)
	}
}
