package credit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

const (
	ms = time.Millisecond
	s  = time.Second

	closed = circuit.Closed
	open   = circuit.Open
)

func TestWrongConfig(t *testing.T) {
	const (
		wantThreshold = "must be from 0.05 to 0.95"
		wantGain      = "must be above 1 and at most 2"
		wantTo1000    = "must be from 1 to 1000"
		wantTo1e6     = "must be from 1 to 1000000"
		wantPurse     = "must be from 2 to 1000000"
		wantHour      = "must be from 1ms to 1h0m0s"
		wantMax       = "must be from 2s to 1h0m0s"
	)
	for _, tt := range []struct {
		config credit.Config
		field  string
		value  any
		want   string
	}{
		{credit.Config{Threshold: math.NaN()}, "Threshold", math.NaN(), wantThreshold},
		{credit.Config{Threshold: math.Inf(1)}, "Threshold", math.Inf(1), wantThreshold},
		{credit.Config{Threshold: -0.5}, "Threshold", -0.5, wantThreshold},
		{credit.Config{Threshold: 0.0499}, "Threshold", 0.0499, wantThreshold},
		{credit.Config{Threshold: 0.9501}, "Threshold", 0.9501, wantThreshold},
		{credit.Config{Depth: -1}, "Depth", -1, wantTo1000},
		{credit.Config{Depth: 1001}, "Depth", 1001, wantTo1000},
		{credit.Config{ConsecutiveFailures: 1e6 + 1}, "ConsecutiveFailures", 1_000_001, wantTo1e6},
		{credit.Config{Gain: math.NaN()}, "Gain", math.NaN(), wantGain},
		{credit.Config{Gain: 1}, "Gain", 1.0, wantGain},
		{credit.Config{Gain: -1.5}, "Gain", -1.5, wantGain},
		{credit.Config{Gain: 2.001}, "Gain", 2.001, wantGain},
		{credit.Config{Purse: 1}, "Purse", 1, wantPurse},
		{credit.Config{Purse: -16}, "Purse", -16, wantPurse},
		{credit.Config{Purse: 1e6 + 1}, "Purse", 1_000_001, wantPurse},
		{credit.Config{Probes: -1}, "Probes", -1, wantTo1000},
		{credit.Config{Probes: 1001}, "Probes", 1001, wantTo1000},
		{credit.Config{ProbeLifetime: -s}, "ProbeLifetime", -s, wantHour},
		{credit.Config{ProbeLifetime: ms - 1}, "ProbeLifetime", ms - 1, wantHour},
		{credit.Config{ProbeLifetime: time.Hour + 1}, "ProbeLifetime", time.Hour + 1, wantHour},
		{credit.Config{ProbeInterval: -s}, "ProbeInterval", -s, wantHour},
		{credit.Config{ProbeInterval: ms - 1}, "ProbeInterval", ms - 1, wantHour},
		{credit.Config{ProbeInterval: time.Hour + 1}, "ProbeInterval", time.Hour + 1, wantHour},
		{credit.Config{TrialInterval: -s}, "TrialInterval", -s, wantHour},
		{credit.Config{TrialInterval: ms - 1}, "TrialInterval", ms - 1, wantHour},
		{credit.Config{TrialInterval: time.Hour + 1}, "TrialInterval", time.Hour + 1, wantHour},
		{credit.Config{MaxTrialInterval: -s}, "MaxTrialInterval", -s, wantMax},
		{credit.Config{MaxTrialInterval: 2*s - 1}, "MaxTrialInterval", 2*s - 1, wantMax},
		{credit.Config{MaxTrialInterval: time.Hour + 1}, "MaxTrialInterval", time.Hour + 1, wantMax},
	} {
		err := tt.config.Validate()
		var got *circuit.FieldError
		if !errors.As(err, &got) {
			t.Errorf("%+v: %v, want a FieldError", tt.config, err)
			continue
		}
		sameValue := fmt.Sprintf("%T %v", got.Value, got.Value) == fmt.Sprintf("%T %v", tt.value, tt.value) // NaN is not NaN
		if got.Package != "credit" || got.Field != tt.field || !sameValue || got.Want != tt.want {
			t.Errorf("%+v: %+v, want %s, %v, %q", tt.config, got, tt.field, tt.value, tt.want)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: more than one field is called wrong:\n%v", tt.config, err)
		}
		if b, err := credit.New(tt.config); b != nil || err == nil {
			t.Errorf("New(%+v) = %v, %v, want no breaker and an error", tt.config, b, err)
		}
	}
}

// The bounds that the fields' doc comments give.
func TestConfigAtItsBounds(t *testing.T) {
	for _, c := range []credit.Config{
		{},
		{Threshold: 0.05, Depth: 1, ConsecutiveFailures: 1, Gain: math.Nextafter(1, 2), Purse: 2, Probes: 1,
			ProbeLifetime: ms, ProbeInterval: ms, TrialInterval: ms, MaxTrialInterval: ms},
		{Threshold: 0.95, Depth: 1000, ConsecutiveFailures: 1e6, Gain: 2, Purse: 1e6, Probes: 1000,
			ProbeLifetime: time.Hour, ProbeInterval: time.Hour, TrialInterval: time.Hour, MaxTrialInterval: time.Hour},
		{ConsecutiveFailures: -1, TrialInterval: time.Hour},
		{ConsecutiveFailures: math.MinInt},
	} {
		if _, err := credit.New(c); err != nil {
			t.Errorf("New(%+v): %v", c, err)
		}
	}
}

func TestConfigErrorNamesEveryWrongField(t *testing.T) {
	err := credit.Config{
		Threshold: 50, Depth: -2, ConsecutiveFailures: 3e6, Gain: 4, Purse: -5, Probes: -6,
		ProbeLifetime: 7, ProbeInterval: -8, TrialInterval: 3 * s, MaxTrialInterval: 10,
	}.Validate()
	want := `credit: Threshold is 50, must be from 0.05 to 0.95
credit: Depth is -2, must be from 1 to 1000
credit: ConsecutiveFailures is 3000000, must be from 1 to 1000000
credit: Gain is 4, must be above 1 and at most 2
credit: Purse is -5, must be from 2 to 1000000
credit: Probes is -6, must be from 1 to 1000
credit: ProbeLifetime is 7ns, must be from 1ms to 1h0m0s
credit: ProbeInterval is -8ns, must be from 1ms to 1h0m0s
credit: MaxTrialInterval is 10ns, must be from 3s to 1h0m0s`
	if err == nil || err.Error() != want {
		t.Errorf("the error is\n%v\nwant\n%s", err, want)
	}
	// A wrong TrialInterval bounds nothing, and is named alone.
	err = credit.Config{TrialInterval: 9, MaxTrialInterval: 10}.Validate()
	if want := "credit: TrialInterval is 9ns, must be from 1ms to 1h0m0s"; err == nil || err.Error() != want {
		t.Errorf("the error is\n%v\nwant\n%s", err, want)
	}
}

// The numbers that the fields' doc comments give.
func TestConfigDefaults(t *testing.T) {
	want := credit.Config{
		Threshold: 0.5, Depth: 8, ConsecutiveFailures: 5, Gain: 1.05, Purse: 16, Probes: 16,
		ProbeLifetime: 10 * s, ProbeInterval: 5 * s, TrialInterval: 2 * s, MaxTrialInterval: 16 * s,
	}
	if got := newBreaker(t, credit.Config{}).Config(); got != want {
		t.Errorf("the settings in force are %+v, want %+v", got, want)
	}
	if got := newBreaker(t, credit.Config{TrialInterval: time.Minute}).Config().MaxTrialInterval; got != time.Minute {
		t.Errorf("with a TrialInterval of 1m the MaxTrialInterval is %v, want as much", got)
	}
}

// A breaker of the zero Config and one of the documented defaults do the same.
func TestConfigInForceIsAFixedPoint(t *testing.T) {
	for _, c := range []credit.Config{{}, {Depth: 3, ConsecutiveFailures: -1}, {TrialInterval: 20 * s}} {
		inForce := newBreaker(t, c).Config()
		if again := newBreaker(t, inForce).Config(); again != inForce {
			t.Errorf("the settings in force %+v become %+v", inForce, again)
		}
	}
}

func TestConfigInJSON(t *testing.T) {
	full := credit.Config{
		Threshold: 0.25, Depth: 12, ConsecutiveFailures: -1, Gain: 1.5, Purse: 32, Probes: 4,
		ProbeLifetime: 1500 * ms, ProbeInterval: time.Minute, TrialInterval: 250 * ms, MaxTrialInterval: time.Hour,
	}
	for _, tt := range []struct {
		config credit.Config
		want   string
	}{
		{credit.Config{}, `{}`},
		{full, `{"threshold":0.25,"depth":12,"consecutiveFailures":-1,"gain":1.5,"purse":32,"probes":4,` +
			`"probeLifetime":"1.5s","probeInterval":"1m0s","trialInterval":"250ms","maxTrialInterval":"1h0m0s"}`},
	} {
		data, err := json.Marshal(tt.config)
		if err != nil || string(data) != tt.want {
			t.Errorf("%+v is %s, %v in JSON, want %s", tt.config, data, err, tt.want)
		}
		var back credit.Config
		if err := json.Unmarshal(data, &back); err != nil || back != tt.config {
			t.Errorf("%s reads as %+v, %v, want %+v", data, back, err, tt.config)
		}
	}

	over := full
	if err := json.Unmarshal([]byte(`{"probeInterval":"3s","probes":50,"probeLifetime":2000000}`), &over); err != nil {
		t.Fatal(err)
	}
	want := full
	want.ProbeInterval, want.Probes, want.ProbeLifetime = 3*s, 50, 2*ms
	if over != want {
		t.Errorf("JSON over another Config makes %+v, want %+v", over, want)
	}
	err := json.Unmarshal([]byte(`{"purses":5}`), &over)
	if err == nil || !strings.Contains(err.Error(), `credit: json: unknown field "purses"`) || over != want {
		t.Errorf("an unknown field: %v and %+v, want an error that names it, and no change", err, over)
	}
}
