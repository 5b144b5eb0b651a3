package sre_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

func TestWrongConfig(t *testing.T) {
	const (
		wantK      = "must be above 1 and at most 1000"
		wantWindow = "must be from 10ms to 1h0m0s"
		wantTo1000 = "must be from 1 to 1000"
		wantTo1e9  = "must be from 1 to 1000000000"
		wantFrom0  = "must be from 0 to 1000000000"
		wantRatio  = "must be above 0 and at most 1"
		wantProbe  = "must be from 1ms to 1h0m0s"
	)
	for _, tt := range []struct {
		config sre.Config
		field  string
		value  any
		want   string
	}{
		{sre.Config{K: math.NaN()}, "K", math.NaN(), wantK},
		{sre.Config{K: math.Inf(1)}, "K", math.Inf(1), wantK},
		{sre.Config{K: math.Inf(-1)}, "K", math.Inf(-1), wantK},
		{sre.Config{K: -2}, "K", -2., wantK},
		{sre.Config{K: 1}, "K", 1., wantK},
		{sre.Config{K: math.Nextafter(1000, 2000)}, "K", math.Nextafter(1000, 2000), wantK},
		{sre.Config{Window: -time.Second}, "Window", -time.Second, wantWindow},
		{sre.Config{Window: 10*time.Millisecond - 1}, "Window", 10*time.Millisecond - 1, wantWindow},
		{sre.Config{Window: time.Hour + 1}, "Window", time.Hour + 1, wantWindow},
		{sre.Config{Buckets: -1}, "Buckets", -1, wantTo1000},
		{sre.Config{Buckets: 1001}, "Buckets", 1001, wantTo1000},
		{sre.Config{MinRequests: -1}, "MinRequests", -1, wantTo1e9},
		{sre.Config{MinRequests: 1e9 + 1}, "MinRequests", 1_000_000_001, wantTo1e9},
		{sre.Config{Protection: -1}, "Protection", -1, wantFrom0},
		{sre.Config{Protection: 1e9 + 1}, "Protection", 1_000_000_001, wantFrom0},
		{sre.Config{MaxDropRatio: math.NaN()}, "MaxDropRatio", math.NaN(), wantRatio},
		{sre.Config{MaxDropRatio: math.Inf(1)}, "MaxDropRatio", math.Inf(1), wantRatio},
		{sre.Config{MaxDropRatio: math.Inf(-1)}, "MaxDropRatio", math.Inf(-1), wantRatio},
		{sre.Config{MaxDropRatio: -0.5}, "MaxDropRatio", -0.5, wantRatio},
		{sre.Config{MaxDropRatio: 1.5}, "MaxDropRatio", 1.5, wantRatio},
		{sre.Config{ProbeInterval: 1}, "ProbeInterval", time.Nanosecond, wantProbe},
		{sre.Config{ProbeInterval: time.Hour + 1}, "ProbeInterval", time.Hour + 1, wantProbe},
	} {
		err := tt.config.Validate()
		var got *circuit.FieldError
		if !errors.As(err, &got) {
			t.Errorf("%+v: %v, want a FieldError", tt.config, err)
			continue
		}
		sameValue := fmt.Sprintf("%T %v", got.Value, got.Value) == fmt.Sprintf("%T %v", tt.value, tt.value) // NaN is not NaN
		if got.Package != "sre" || got.Field != tt.field || !sameValue || got.Want != tt.want {
			t.Errorf("%+v: %+v, want %s, %v, %q", tt.config, got, tt.field, tt.value, tt.want)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: more than one field is called wrong:\n%v", tt.config, err)
		}
		if b, err := sre.New(tt.config); b != nil || err == nil {
			t.Errorf("New(%+v) = %v, %v, want no breaker and an error", tt.config, b, err)
		}
	}
}

func TestConfigAtItsBounds(t *testing.T) {
	for _, c := range []sre.Config{
		{},
		{K: math.Nextafter(1, 2), Window: 10 * time.Millisecond, Buckets: 1, MinRequests: 1, MaxDropRatio: 5e-324, ProbeInterval: time.Millisecond},
		{K: 1000, Window: time.Hour, Buckets: 1000, MinRequests: 1e9, Protection: 1e9, MaxDropRatio: 1, ProbeInterval: time.Hour},
		{ProbeInterval: -1},
		{ProbeInterval: math.MinInt64},
	} {
		if _, err := sre.New(c); err != nil {
			t.Errorf("New(%+v): %v", c, err)
		}
	}
}

func TestConfigErrorNamesEveryWrongField(t *testing.T) {
	err := sre.Config{K: 1, Window: 1, Buckets: -1, MinRequests: -2, Protection: -3, MaxDropRatio: 4, ProbeInterval: 5}.Validate()
	want := `sre: K is 1, must be above 1 and at most 1000
sre: Window is 1ns, must be from 10ms to 1h0m0s
sre: Buckets is -1, must be from 1 to 1000
sre: MinRequests is -2, must be from 1 to 1000000000
sre: Protection is -3, must be from 0 to 1000000000
sre: MaxDropRatio is 4, must be above 0 and at most 1
sre: ProbeInterval is 5ns, must be from 1ms to 1h0m0s`
	if err == nil || err.Error() != want {
		t.Errorf("the error is\n%v\nwant\n%s", err, want)
	}
}

// The numbers that the fields' doc comments give.
func TestConfigDefaults(t *testing.T) {
	want := sre.Config{K: 2, Window: 3 * time.Second, Buckets: 10, MinRequests: 20, MaxDropRatio: 1, ProbeInterval: time.Second}
	if got := newBreaker(t, sre.Config{}).Config(); got != want {
		t.Errorf("the settings in force are %+v, want %+v", got, want)
	}
}

func TestConfigInJSON(t *testing.T) {
	full := sre.Config{
		K: 1.5, Window: 1500 * time.Millisecond, Buckets: 3, MinRequests: 7, Protection: 2,
		MaxDropRatio: 0.9, ProbeInterval: -time.Second, CountRefusals: true,
	}
	for _, tt := range []struct {
		config sre.Config
		want   string
	}{
		{sre.Config{}, `{}`},
		{full, `{"k":1.5,"window":"1.5s","buckets":3,"minRequests":7,"protection":2,` +
			`"maxDropRatio":0.9,"probeInterval":"-1s","countRefusals":true}`},
	} {
		data, err := json.Marshal(tt.config)
		if err != nil || string(data) != tt.want {
			t.Errorf("%+v is %s, %v in JSON, want %s", tt.config, data, err, tt.want)
		}
		var back sre.Config
		if err := json.Unmarshal(data, &back); err != nil || back != tt.config {
			t.Errorf("%s reads as %+v, %v, want %+v", data, back, err, tt.config)
		}
	}
	for _, preset := range []sre.Config{sre.Aegis(), sre.GoZero(), sre.Book()} {
		data, _ := json.Marshal(preset)
		var back sre.Config
		if err := json.Unmarshal(data, &back); err != nil || back != preset {
			t.Errorf("%s reads as %+v, %v, want %+v", data, back, err, preset)
		}
	}

	over := sre.Aegis()
	if err := json.Unmarshal([]byte(`{"window":"5s","minRequests":50}`), &over); err != nil {
		t.Fatal(err)
	}
	want := sre.Aegis()
	want.Window, want.MinRequests = 5*time.Second, 50
	if over != want {
		t.Errorf("JSON over a preset makes %+v, want %+v", over, want)
	}
	err := json.Unmarshal([]byte(`{"windw":"5s"}`), &over)
	if err == nil || !strings.Contains(err.Error(), `sre: json: unknown field "windw"`) || over != want {
		t.Errorf("an unknown field: %v and %+v, want an error that names it, and no change", err, over)
	}
}

// The numbers that the presets' doc comments give.
func TestPresets(t *testing.T) {
	for name, tt := range map[string]struct{ got, want sre.Config }{
		"Aegis": {sre.Aegis(), sre.Config{K: 1 / 0.6, MinRequests: 100, Window: 3 * time.Second, Buckets: 10,
			ProbeInterval: -1, CountRefusals: true}},
		"GoZero": {sre.GoZero(), sre.Config{K: 1.5, MinRequests: 1, Protection: 5, Window: 10 * time.Second, Buckets: 40,
			ProbeInterval: time.Second, CountRefusals: true}},
		"Book": {sre.Book(), sre.Config{K: 2, MinRequests: 1, Window: 2 * time.Minute, Buckets: 120,
			ProbeInterval: -1, CountRefusals: true}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %+v, want %+v", name, tt.got, tt.want)
		}
		if err := tt.got.Validate(); err != nil {
			t.Errorf("%s is not valid: %v", name, err)
		}
	}
}
