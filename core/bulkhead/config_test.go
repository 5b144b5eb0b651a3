package bulkhead_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestWrongConfig(t *testing.T) {
	const (
		wantMax      = "must be from 1 to 1000000"
		wantLifetime = "must be from 1ms to 8760h0m0s"
	)
	for _, tt := range []struct {
		config bulkhead.Config
		field  string
		value  any
		want   string
	}{
		{bulkhead.Config{}, "Max", 0, wantMax},
		{bulkhead.Config{Max: -1}, "Max", -1, wantMax},
		{bulkhead.Config{Max: 1e6 + 1}, "Max", 1_000_001, wantMax},
		{bulkhead.Config{Max: math.MinInt}, "Max", math.MinInt, wantMax},
		{bulkhead.Config{Max: 1, Lifetime: -1}, "Lifetime", -time.Nanosecond, wantLifetime},
		{bulkhead.Config{Max: 1, Lifetime: time.Millisecond - 1}, "Lifetime", time.Millisecond - 1, wantLifetime},
		{bulkhead.Config{Max: 1, Lifetime: 8760*time.Hour + 1}, "Lifetime", 8760*time.Hour + 1, wantLifetime},
	} {
		b, err := bulkhead.New(tt.config)
		got, ok := errors.AsType[*circuit.FieldError](err)
		if want := (circuit.FieldError{Package: "bulkhead", Field: tt.field, Value: tt.value, Want: tt.want}); !ok || *got != want || b != nil {
			t.Errorf("New(%+v) = %v, %v, want %v", tt.config, b, err, &want)
		}
	}
	err := bulkhead.Config{Lifetime: 1}.Validate()
	const both = "bulkhead: Max is 0, must be from 1 to 1000000\nbulkhead: Lifetime is 1ns, must be from 1ms to 8760h0m0s"
	if err == nil || err.Error() != both {
		t.Errorf("the error is %v, want %s", err, both)
	}
}

func TestConfigAtItsBounds(t *testing.T) {
	for _, c := range []bulkhead.Config{{Max: 1, Lifetime: time.Millisecond}, {Max: 1e6, Lifetime: 8760 * time.Hour}} {
		if got := newBulkhead(t, c).Config(); got != c {
			t.Errorf("the settings in force are %+v, want %+v", got, c)
		}
	}
	if got, want := newBulkhead(t, bulkhead.Config{Max: 7}).Config(), (bulkhead.Config{Max: 7, Lifetime: 5 * time.Minute}); got != want {
		t.Errorf("the settings in force are %+v, want %+v", got, want)
	}
}

func TestConfigInJSON(t *testing.T) {
	for _, tt := range []struct {
		config bulkhead.Config
		want   string
	}{
		{bulkhead.Config{}, `{"max":0}`},
		{bulkhead.Config{Max: 10, Lifetime: 90 * time.Second, Observe: true}, `{"max":10,"lifetime":"1m30s","observe":true}`},
	} {
		data, err := json.Marshal(tt.config)
		if err != nil || string(data) != tt.want {
			t.Errorf("%+v is %s, %v in JSON, want %s", tt.config, data, err, tt.want)
		}
		var back bulkhead.Config
		if err := json.Unmarshal(data, &back); err != nil || back != tt.config {
			t.Errorf("%s reads as %+v, %v, want %+v", data, back, err, tt.config)
		}
	}
	c := bulkhead.Config{Max: 3}
	err := json.Unmarshal([]byte(`{"lifetime":"1h","mx":4}`), &c)
	if err == nil || !strings.Contains(err.Error(), `bulkhead: json: unknown field "mx"`) || c != (bulkhead.Config{Max: 3}) {
		t.Errorf("an unknown field: %v and %+v, want an error that names it, and no change", err, c)
	}
}

func TestStatsInJSON(t *testing.T) {
	data, err := json.Marshal(bulkhead.Stats{InFlight: 1, Max: 2, Rejected: 3, Expired: 4})
	if want := `{"inFlight":1,"max":2,"rejected":3,"expired":4}`; err != nil || string(data) != want {
		t.Errorf("stats are %s, %v in JSON, want %s", data, err, want)
	}
}

func TestWrongExpiring(t *testing.T) {
	b := newBulkhead(t, bulkhead.Config{Max: 1})
	for _, d := range []time.Duration{-1, time.Millisecond - 1, 8760*time.Hour + 1} {
		l, err := bulkhead.Expiring(b, d)
		got, ok := errors.AsType[*circuit.FieldError](err)
		if !ok || got.Field != "Lifetime" || got.Value != d || l != nil {
			t.Errorf("Expiring(%v) = %v, %v, want a FieldError", d, l, err)
		}
	}
	if l, err := bulkhead.Expiring(nil, 0); err == nil || l != nil {
		t.Errorf("Expiring(nil) = %v, %v, want an error", l, err)
	}
}
