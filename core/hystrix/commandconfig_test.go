package hystrix_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestWrongCommandConfig(t *testing.T) {
	const (
		wantTimeout = "must be from 100µs to 24h0m0s"
		wantLimit   = "must be from 0 to 1000000000"
	)
	for _, tt := range []struct {
		config hystrix.CommandConfig
		want   circuit.FieldError
	}{
		{hystrix.CommandConfig{Timeout: -1}, circuit.FieldError{Field: "Timeout", Value: time.Duration(-1), Want: wantTimeout}},
		{hystrix.CommandConfig{Timeout: 1000}, circuit.FieldError{Field: "Timeout", Value: time.Microsecond, Want: wantTimeout}}, // who meant ms
		{hystrix.CommandConfig{Timeout: 24*time.Hour + 1}, circuit.FieldError{Field: "Timeout", Value: 24*time.Hour + 1, Want: wantTimeout}},
		{hystrix.CommandConfig{MaxConcurrent: -1}, circuit.FieldError{Field: "MaxConcurrent", Value: -1, Want: wantLimit}},
		{hystrix.CommandConfig{MaxConcurrent: 1e9 + 1}, circuit.FieldError{Field: "MaxConcurrent", Value: 1_000_000_001, Want: wantLimit}},
		{hystrix.CommandConfig{MaxConcurrentFallbacks: -1}, circuit.FieldError{Field: "MaxConcurrentFallbacks", Value: -1, Want: wantLimit}},
	} {
		tt.want.Package = "hystrix"
		c, err := hystrix.NewCommand("offers", nil, tt.config)
		got, ok := errors.AsType[*circuit.FieldError](err)
		if c != nil || !ok || !reflect.DeepEqual(*got, tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("NewCommand with %+v: %v, %v; want no command, and %+v alone", tt.config, c, err, tt.want)
		}
	}
	if c, err := hystrix.NewCommand("", nil, hystrix.CommandConfig{}); c != nil || err == nil ||
		err.Error() != `hystrix: name of a command is "", must not be empty` {
		t.Errorf("without a name: %v, %v, want an error that says so", c, err)
	}
}

func TestCommandConfigAtItsBounds(t *testing.T) {
	for _, c := range []hystrix.CommandConfig{
		{},
		{Timeout: 100 * time.Microsecond, MaxConcurrent: 1, MaxConcurrentFallbacks: 1},
		{Timeout: 24 * time.Hour, MaxConcurrent: 1e9, MaxConcurrentFallbacks: 1e9},
	} {
		if got := newCommand(t, nil, c).Config(); got != c {
			t.Errorf("%+v in force, want %+v", got, c)
		}
	}
}

func TestCommandConfigInJSON(t *testing.T) {
	full := hystrix.CommandConfig{Timeout: 1500 * ms, MaxConcurrent: 100, MaxConcurrentFallbacks: 10}
	for want, c := range map[string]hystrix.CommandConfig{
		`{}`: {},
		`{"timeout":"1.5s","maxConcurrent":100,"maxConcurrentFallbacks":10}`: full,
	} {
		data, err := json.Marshal(c)
		if err != nil || string(data) != want {
			t.Errorf("%+v is %s, %v in JSON, want %s", c, data, err, want)
		}
		var back hystrix.CommandConfig
		if err := json.Unmarshal(data, &back); err != nil || back != c {
			t.Errorf("%s reads as %+v, %v, want %+v", data, back, err, c)
		}
	}
	err := json.Unmarshal([]byte(`{"timeouts":"5s"}`), &full)
	if err == nil || !strings.Contains(err.Error(), `hystrix: json: unknown field "timeouts"`) {
		t.Errorf("an unknown field: %v, want an error that names it", err)
	}
}

func TestNameAndBreakerOfACommand(t *testing.T) {
	b := newBreaker(t, hystrix.Config{})
	if c := newCommand(t, b, hystrix.CommandConfig{}); c.Name() != "offers" || c.Breaker() != circuit.Breaker(b) {
		t.Errorf("%q over %v, want what it was made of", c.Name(), c.Breaker())
	}
	if c := newCommand(t, nil, hystrix.CommandConfig{}); c.Breaker() != nil {
		t.Errorf("over %v, want none", c.Breaker())
	}
}
