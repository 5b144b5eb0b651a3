package gozero_test

import (
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/conf"

	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// The engines' settings are data that go-zero's conf reads, a part of them too.
func TestSettingsInGoZerosConf(t *testing.T) {
	var c struct {
		Name    string
		Users   credit.Config
		Greeter sre.Config
		Orders  hystrix.Config
		Others  credit.Config `json:",optional"` //nolint:staticcheck // an option of go-zero
	}
	err := conf.LoadFromYamlBytes([]byte(`
Name: greeter
Users:
  Threshold: 0.3
  Probes: 4
  ProbeInterval: 500ms
Greeter:
  K: 1.5
  Window: 500ms
  CountRefusals: true
Orders:
  SleepWindow: 2s
  ErrorPercentThreshold: 20
`), &c)
	if err != nil {
		t.Fatal(err)
	}
	if want := (credit.Config{Threshold: 0.3, Probes: 4, ProbeInterval: 500 * time.Millisecond}); c.Users != want {
		t.Errorf("credit: got %+v, want %+v", c.Users, want)
	}
	if want := (sre.Config{K: 1.5, Window: 500 * time.Millisecond, CountRefusals: true}); c.Greeter != want {
		t.Errorf("sre: got %+v, want %+v", c.Greeter, want)
	}
	if want := (hystrix.Config{SleepWindow: 2 * time.Second, ErrorPercentThreshold: 20}); c.Orders != want {
		t.Errorf("hystrix: got %+v, want %+v", c.Orders, want)
	}
	if c.Others != (credit.Config{}) {
		t.Errorf("left out: %+v, want the zero Config", c.Others)
	}
}
