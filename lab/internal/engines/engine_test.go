package engines_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

func TestAll(t *testing.T) {
	required, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range engines.All() {
		names = append(names, e.Name)
		pkg, bare := strings.CutSuffix(e.Name, "-bare")
		ours := strings.HasPrefix(e.About, "core/"+pkg+": ")
		if e.Ours != ours || e.Told != (ours && !bare) {
			t.Errorf("%s: Ours is %v, Told is %v, of %s", e.Name, e.Ours, e.Told, e.About)
		}
		if bare != strings.HasSuffix(e.About, "; overloads are marked as failures") {
			t.Errorf("%s: %s", e.Name, e.About)
		}
		if module, _, _ := strings.Cut(e.About, ","); !ours && !strings.Contains(string(required), "\tgithub.com/"+module) {
			t.Errorf("%s: go.mod doesn't require %s", e.Name, module)
		}
		t.Logf("%-18s %s", e.Name, e.About)
	}
	if !slices.Equal(names, engines.Names()) {
		t.Errorf("All has %q, Names has %q", names, engines.Names())
	}
}

// Each setting shows in About, and so got where it belongs.
func TestNew(t *testing.T) {
	for _, tt := range []struct{ name, settings, about string }{
		{"sre", ``, "core/sre: k 2, window 3s"},
		{"sre", `{}`, "core/sre: k 2, window 3s"},
		{"sre", `{"k":1.5,"window":"500ms"}`, "k 1.5, window 500ms"},
		{"hystrix", `{"sleepWindow":"1s"}`, "sleepWindow 1s"},
		{"credit", `{"threshold":0.4}`, "threshold 0.4"},
		{"credit-bare", `{"threshold":0.4}`, "threshold 0.4"},
		{"aegis", `null`, ": success 0.6, request 100, window 3s, bucket 10"},
		{"aegis", `{"success":0.5,"request":10,"window":"1s","bucket":20}`, ": success 0.5, request 10, window 1s, bucket 20"},
		{"go-zero", `{}`, "K 1.5"},
		{"gobreaker", `{"maxRequests":3,"interval":"20s","bucketPeriod":"0s","timeout":"1s","requests":5,"failureRatio":0.6}`,
			": maxRequests 3, interval 20s, bucketPeriod 0s, timeout 1s, requests 5, failureRatio 0.6"},
		{"failsafe-breaker", `{"failureRateThreshold":0.2,"failureExecutionThreshold":5,"failureThresholdingPeriod":"1m","delay":"2s","successThreshold":3}`,
			": failureRateThreshold 0.2, failureExecutionThreshold 5, failureThresholdingPeriod 1m0s, delay 2s, successThreshold 3"},
		{"failsafe-throttler", `{"failureRateThreshold":0.1,"executionThreshold":20,"thresholdingPeriod":"1m","maxRejectionRate":1}`,
			": failureRateThreshold 0.1, executionThreshold 20, thresholdingPeriod 1m0s, maxRejectionRate 1"},
		{"bulkhead", ``, "core/bulkhead: max 10, lifetime 5m0s"},
		{"credit+bulkhead", `{"max":3}`, "threshold 0.5"},
		{"credit+bulkhead", `{"max":3,"lifetime":"1s"}`, "; with core/bulkhead: max 3, lifetime 1s"},
		{"adaptive", ``, "min 1, max 200, initial 20, window 1s, minSamples 50"},
		{"credit+adaptive", `{"min":2,"max":9,"initial":5,"window":"100ms","minSamples":7}`, "min 2, max 9, initial 5, window 100ms, minSamples 7"},
		{"hystrix-go", `{"requestVolumeThreshold":5,"sleepWindow":"250ms","errorPercentThreshold":25}`,
			": requestVolumeThreshold 5, sleepWindow 250ms, errorPercentThreshold 25"},
	} {
		e, err := engines.New(tt.name, json.RawMessage(tt.settings))
		if err != nil || e.Name != tt.name || !strings.Contains(e.About, tt.about) {
			t.Errorf("New(%s, %s) is %q, %v, want one at %q", tt.name, tt.settings, e.About, err, tt.about)
		}
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ name, settings, want string }{
		{"hystrics", ``, `engine is "hystrics", must be one of ` + strings.Join(slices.Concat(engines.Names(), engines.LimitedNames()), ", ")},
		{"sre", `{"k":0.5}`, `sre: K is 0.5, must be above 1 and at most 1000`},
		{"sre", `{"k":`, `sre: settings are not JSON`},
		{"sre", `{"widow":"1s"}`, `sre: json: unknown field "widow"`},
		{"credit", `{"purse":1}`, `credit: Purse is 1, must be from 2 to 1000000`},
		{"credit-bare", `{"widow":"1s"}`, `credit: json: unknown field "widow"`},
		{"hystrix", `{"probes":-1}`, `hystrix: Probes is -1, must be from 1 to 1000`},
		{"aegis", `{"k":2}`, `aegis: json: unknown field "k"; its settings are: success, request, window, bucket`},
		{"aegis", `{"success":0}`, `aegis: success is 0, must be above 0 and at most 1`},
		{"aegis", `{"window":"5ms"}`, `aegis: window is 5ms, must be from 10ms to 1h0m0s`},
		{"aegis", `{"window":3}`, `aegis: window is 3, must be a duration such as "500ms"`},
		{"aegis", `{"window":"soon"}`, `aegis: window is "soon", must be a duration such as "500ms"`},
		{"aegis", `{"bucket":2.5}`, `aegis: bucket is number 2.5, must be of type int`},
		{"aegis", `{"bucket":"many"}`, `aegis: bucket is string, must be of type int`},
		{"aegis", `{"bucket":0,"request":-1}`, "aegis: request is -1, must be from 0 to 2147483647\naegis: bucket is 0, must be from 1 to 1000"},
		{"aegis", `[1]`, `aegis: settings is array, must be an object`},
		{"aegis", `{} {}`, `aegis: settings are not JSON`},
		{"go-zero", `{"k":2}`, `go-zero: json: unknown field "k"; its settings are: none`},
		{"gobreaker", `{"failureRatio":1.5}`, `gobreaker: failureRatio is 1.5, must be above 0 and at most 1`},
		{"gobreaker", `{"requests":0}`, `gobreaker: requests is 0, must be from 1 to 2147483647`},
		{"gobreaker", `{"maxRequests":-1}`, `gobreaker: maxRequests is number -1, must be of type uint32`},
		{"gobreaker", `{"bucketPeriod":"11s"}`, `gobreaker: bucketPeriod is 11s, must be from 0s to 10s`},
		{"gobreaker", `{"bucketPeriod":"1ns"}`, `gobreaker: bucketPeriod is 1ns, must be 0 or at least a thousandth of interval`},
		{"failsafe-breaker", `{"failureExecutionThreshold":0}`, `failsafe-breaker: failureExecutionThreshold is 0, must be from 1 to 2147483647`},
		{"failsafe-breaker", `{"delay":"-1s"}`, `failsafe-breaker: delay is -1s, must be from 1ms to 24h0m0s`},
		{"failsafe-throttler", `{"failureRateThreshold":1}`, `failsafe-throttler: failureRateThreshold is 1, must be at least 0 and below 1`},
		{"failsafe-throttler", `{"maxRejectionRate":0}`, `failsafe-throttler: maxRejectionRate is 0, must be above 0 and at most 1`},
		{"bulkhead", `{"max":0}`, `bulkhead: Max is 0, must be from 1 to 1000000`},
		{"sre+bulkhead", `{"k":2}`, `bulkhead: json: unknown field "k"`},
		{"adaptive", `{"max":5}`, `circuitfailsafe: Initial is 20, must be from 1 to 5`},
		{"adaptive", `{"lifetime":"1s"}`, `adaptive: json: unknown field "lifetime"; its settings are: min, max, initial, window, minSamples`},
		{"credit+adaptive", `{"min":-1,"minSamples":-1}`, "circuitfailsafe: Min is -1, must be from 1 to 1000000\ncircuitfailsafe: MinSamples is -1, must be from 1 to 1000000"},
		{"hystrix-go", `{"sleepWindow":"1.5ms"}`, `hystrix-go: sleepWindow is 1.5ms, must be in whole milliseconds`},
		{"hystrix-go", `{"errorPercentThreshold":101}`, `hystrix-go: errorPercentThreshold is 101, must be from 1 to 100`},
		{"hystrix-go", `{"timeout":"1s"}`, `hystrix-go: json: unknown field "timeout"; its settings are: requestVolumeThreshold, sleepWindow, errorPercentThreshold`},
	} {
		if _, err := engines.New(tt.name, json.RawMessage(tt.settings)); err == nil || err.Error() != tt.want {
			t.Errorf("New(%s, %s) says\n\t%v\nwant\n\t%s", tt.name, tt.settings, err, tt.want)
		}
	}
}

// A setting changes what the peer's own code does, not only what About says.
func TestSettingsReachTheEngine(t *testing.T) {
	short := outage
	short.Duration = 50 * time.Second
	for _, tt := range []struct {
		name, settings string
		trips, refused bool // earlier; fewer after the outage
	}{
		{"credit", `{"depth":3}`, true, false},
		{"credit", `{"probeInterval":"100ms"}`, false, true},
		{"sre", `{"k":1.1}`, true, false},
		{"hystrix", `{"errorPercentThreshold":10}`, true, false},
		{"hystrix", `{"sleepWindow":"100ms"}`, false, true},
		{"aegis", `{"success":0.95}`, true, false},
		{"aegis", `{"window":"1s"}`, true, true},
		{"gobreaker", `{"failureRatio":0.1}`, true, false},
		{"gobreaker", `{"interval":"2s"}`, true, false},
		{"gobreaker", `{"timeout":"100ms"}`, false, true},
		{"failsafe-breaker", `{"failureRateThreshold":0.1}`, true, false},
		{"failsafe-breaker", `{"failureThresholdingPeriod":"2s"}`, true, false},
		{"failsafe-breaker", `{"delay":"100ms","successThreshold":1}`, false, true},
		{"failsafe-throttler", `{"failureRateThreshold":0.1}`, true, false},
		{"failsafe-throttler", `{"thresholdingPeriod":"2s"}`, true, true},
		{"hystrix-go", `{"errorPercentThreshold":10}`, true, false},
		{"hystrix-go", `{"sleepWindow":"100ms"}`, false, true},
	} {
		t.Run(tt.name+" "+tt.settings, func(t *testing.T) {
			base, err := engines.New(tt.name, nil)
			if err != nil {
				t.Fatal(err)
			}
			e, err := engines.New(tt.name, json.RawMessage(tt.settings))
			if err != nil {
				t.Fatal(err)
			}
			before, after := run(t, base, short, 1), run(t, e, short, 1)
			if tt.trips && after.FirstTrip >= before.FirstTrip {
				t.Errorf("tripped at %v, want earlier than %v", after.FirstTrip, before.FirstTrip)
			}
			late := func(r *sim.Result) int { return r.Sum(35*time.Second, 50*time.Second).Refused }
			if tt.refused && late(after) >= late(before) {
				t.Errorf("refused %d calls after the outage, want fewer than %d", late(after), late(before))
			}
		})
	}
}
