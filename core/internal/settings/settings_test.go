package settings_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/settings"
)

type config struct {
	Ratio  float64       `json:"ratio,omitempty" yaml:"ratio,omitempty"`
	Window time.Duration `json:"window,omitempty"`
	Count  int           `json:"count,omitempty"`
	On     bool          `json:"on,omitempty"`
	Sleep  time.Duration `json:"sleep"`
}

func (c *config) UnmarshalJSON(data []byte) error { return settings.Unmarshal("pkg", data, c) }
func (c config) MarshalJSON() ([]byte, error)     { return settings.Marshal(c) }

func TestUnmarshal(t *testing.T) {
	start := config{Ratio: 1, Window: time.Second, Count: 2, On: true, Sleep: time.Minute}
	with := func(change func(*config)) config {
		c := start
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name, data string
		want       config
	}{
		{"nothing", `{}`, start},
		{"null", `null`, start},
		{"text", `{"window":"500ms"}`, with(func(c *config) { c.Window = 500 * time.Millisecond })},
		{"text of several units", `{"window":"1h2m3.5s"}`, with(func(c *config) { c.Window = time.Hour + 2*time.Minute + 3500*time.Millisecond })},
		{"negative text", `{"window":"-1ns"}`, with(func(c *config) { c.Window = -1 })},
		{"zero text", `{"window":"0"}`, with(func(c *config) { c.Window = 0 })},
		{"escaped text", `{"window":"5\u0073"}`, with(func(c *config) { c.Window = 5 * time.Second })},
		{"nanoseconds", `{"window":1500}`, with(func(c *config) { c.Window = 1500 })},
		{"the longest", `{"window":9223372036854775807}`, with(func(c *config) { c.Window = math.MaxInt64 })},
		{"a field that is null stays as it is", `{"window":null,"count":null,"ratio":null}`, start},
		{"all fields", `{"ratio":0.5,"window":"1s","count":3,"on":false,"sleep":7}`, config{0.5, time.Second, 3, false, 7}},
		{"space around", " \n{ \"count\" : 9 }\t", with(func(c *config) { c.Count = 9 })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := start
			if err := json.Unmarshal([]byte(tt.data), &c); err != nil || c != tt.want {
				t.Errorf("%s reads as %+v, %v, want %+v", tt.data, c, err, tt.want)
			}
		})
	}
}

func TestUnmarshalOfWrongDataChangesNothing(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"unknown field", `{"count":9,"widow":"5s"}`, `unknown field "widow"`},
		{"no unit", `{"count":9,"window":"500"}`, `window`},
		{"not a duration", `{"count":9,"window":"soon"}`, `"soon"`},
		{"no text at all", `{"count":9,"window":""}`, `window`},
		{"a fraction of a nanosecond", `{"count":9,"window":1.5}`, `window`},
		{"beyond int64", `{"count":9,"window":9223372036854775808}`, `window`},
		{"beyond int64 in text", `{"count":9,"window":"9999999h"}`, `window`},
		{"a bool", `{"count":9,"window":true}`, `window`},
		{"an object", `{"count":9,"window":{"seconds":1}}`, `window`},
		{"text in a number", `{"count":9,"ratio":"0.5"}`, `ratio`},
		{"the error comes last", `{"window":"1s","ratio":3,"on":false,"count":"x"}`, `count`},
		{"a list", `[1]`, `cannot unmarshal array into Go value of type settings_test.config`},
		{"text", `"aegis"`, `cannot unmarshal string into Go value of type settings_test.config`}, // was 500 characters of fields
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := config{Ratio: 1, Window: time.Second, Count: 2, On: true}
			c := start
			err := json.Unmarshal([]byte(tt.data), &c)
			if err == nil || !strings.HasPrefix(err.Error(), "pkg: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s reads with %v, want an error of pkg that tells of %s", tt.data, err, tt.want)
			}
			if c != start {
				t.Errorf("%s changed the config to %+v", tt.data, c)
			}
		})
	}
}

func TestMarshal(t *testing.T) {
	for _, tt := range []struct {
		config config
		want   string
	}{
		{config{}, `{"sleep":"0s"}`},
		{config{Window: 1500 * time.Millisecond, Sleep: -time.Minute}, `{"window":"1.5s","sleep":"-1m0s"}`},
		{config{0.25, 1, 2, true, time.Hour}, `{"ratio":0.25,"window":"1ns","count":2,"on":true,"sleep":"1h0m0s"}`},
	} {
		got, err := json.Marshal(tt.config)
		if err != nil || string(got) != tt.want {
			t.Errorf("%+v is %s, %v, want %s", tt.config, got, err, tt.want)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(0.0, int64(0), 0, false, int64(math.MinInt64))
	f.Add(1/0.6, int64(time.Second), -7, true, int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, ratio float64, window int64, count int, on bool, sleep int64) {
		if !settings.Finite(ratio) {
			t.Skip("JSON has no such number")
		}
		want := config{ratio, time.Duration(window), count, on, time.Duration(sleep)}
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got config
		if err := json.Unmarshal(data, &got); err != nil || got != want {
			t.Errorf("%+v came back from %s as %+v, %v", want, data, got, err)
		}
	})
}

func TestCheckGathersAllThatIsWrong(t *testing.T) {
	check := settings.NewCheck("pkg")
	if err := check.Err(); err != nil {
		t.Errorf("a check of nothing found %v", err)
	}
	check.That(true, "Fine", 1, "must be fine")
	settings.Between(check, "Count", 5, 1, 5)
	settings.Between(check, "Count", 1, 1, 5)
	if err := check.Err(); err != nil {
		t.Errorf("what is right was found wrong: %v", err)
	}
	check.That(false, "Ratio", 2.5, "must be at most 1")
	settings.Between(check, "Count", 6, 1, 5)
	settings.Between(check, "Window", time.Millisecond, time.Second, time.Minute)
	err := check.Err()
	want := "pkg: Ratio is 2.5, must be at most 1\n" +
		"pkg: Count is 6, must be from 1 to 5\n" +
		"pkg: Window is 1ms, must be from 1s to 1m0s"
	if err == nil || err.Error() != want {
		t.Errorf("the check says\n%v\nwant\n%v", err, want)
	}
	if field, ok := errors.AsType[*circuit.FieldError](err); !ok || field.Field != "Ratio" || field.Value != 2.5 {
		t.Errorf("the first FieldError is %+v, want that of Ratio", field)
	}
}

func TestFiniteAndOr(t *testing.T) {
	for v, want := range map[float64]bool{0: true, -1.5: true, math.MaxFloat64: true, math.Inf(1): false, math.Inf(-1): false} {
		if settings.Finite(v) != want {
			t.Errorf("Finite(%v) is %v", v, !want)
		}
	}
	if settings.Finite(math.NaN()) {
		t.Error("NaN is finite")
	}
	if settings.Or(0, 7) != 7 || settings.Or(3, 7) != 3 || settings.Or("", "x") != "x" {
		t.Error("Or doesn't tell zero from the rest")
	}
	if !math.IsNaN(settings.Or(math.NaN(), 1)) {
		t.Error("Or takes NaN for zero, which hides it from Validate")
	}
}
