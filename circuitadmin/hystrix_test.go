package circuitadmin_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// required are the fields that the dashboard asserts to be there (validateData of its
// hystrixCommand.js), and those that it or Turbine reads beside them.
var required = []string{
	"reportingHosts", "type", "name", "group", "currentTime", "isCircuitBreakerOpen", "errorPercentage", "errorCount", "requestCount",
	"rollingCountCollapsedRequests", "rollingCountExceptionsThrown", "rollingCountFailure", "rollingCountFallbackFailure",
	"rollingCountFallbackRejection", "rollingCountFallbackSuccess", "rollingCountResponsesFromCache",
	"rollingCountSemaphoreRejected", "rollingCountShortCircuited", "rollingCountSuccess", "rollingCountThreadPoolRejected",
	"rollingCountTimeout", "rollingCountBadRequests", "currentConcurrentExecutionCount",
	"latencyExecute_mean", "latencyExecute", "latencyTotal_mean", "latencyTotal",
	"propertyValue_circuitBreakerRequestVolumeThreshold", "propertyValue_circuitBreakerSleepWindowInMilliseconds",
	"propertyValue_circuitBreakerErrorThresholdPercentage", "propertyValue_circuitBreakerForceOpen",
	"propertyValue_circuitBreakerForceClosed", "propertyValue_circuitBreakerEnabled",
	"propertyValue_executionIsolationStrategy", "propertyValue_executionIsolationThreadTimeoutInMilliseconds",
	"propertyValue_executionIsolationThreadInterruptOnTimeout", "propertyValue_executionIsolationSemaphoreMaxConcurrentRequests",
	"propertyValue_fallbackIsolationSemaphoreMaxConcurrentRequests", "propertyValue_requestCacheEnabled",
	"propertyValue_requestLogEnabled", "propertyValue_metricsRollingStatisticalWindowInMilliseconds",
	"rollingCountEmit", "rollingCountFallbackEmit", "rollingCountFallbackMissing", "rollingMaxConcurrentExecutionCount",
	"threadPool", "propertyValue_executionTimeoutInMilliseconds", "propertyValue_executionIsolationThreadPoolKeyOverride",
}

// commands are the events of a Hystrix stream, as Turbine takes a stream apart.
func commands(tb testing.TB, stream string) (all []map[string]any) {
	tb.Helper()
	for line := range strings.Lines(stream) {
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data:")
		if !ok {
			continue
		}
		var c map[string]any
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			tb.Fatalf("%v: %s", err, data)
		}
		all = append(all, c)
	}
	return all
}

func TestHystrixHasAllFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		g.Get("GET /items")
		s := look(newAdmin(t, one(g)), "/hystrix.stream")
		defer s.leave()
		all := commands(t, s.text())
		if len(all) != 1 {
			t.Fatalf("there are %d commands, want 1: %s", len(all), s.text())
		}
		if got := slices.Sorted(maps.Keys(all[0])); !slices.Equal(got, slices.Sorted(slices.Values(required))) {
			t.Errorf("the fields are %q, want %q", got, required)
		}
		for field, value := range all[0] {
			switch v := value.(type) {
			case nil:
				t.Errorf("%s is null, for which the dashboard takes a field that is missing", field)
			case float64:
				if v != float64(int64(v)) {
					t.Errorf("%s is %v: Turbine adds up integers alone", field, v)
				}
			case map[string]any:
				if want := []string{"0", "100", "25", "50", "75", "90", "95", "99", "99.5"}; !slices.Equal(slices.Sorted(maps.Keys(v)), want) {
					t.Errorf("%s has %v", field, v)
				}
			}
		}
	})
}

func TestHystrixCountsTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		b := g.Get("a")
		s := look(newAdmin(t, one(g)), "/hystrix.stream")
		defer s.leave()
		time.Sleep(time.Second / 2)
		for range 20 {
			calls(t, g, "a", 5, circuit.Success)
			calls(t, g, "a", 2, circuit.Failure)
			calls(t, g, "a", 1, circuit.Ignored)
			time.Sleep(time.Second)
		}
		if err := b.(circuit.ModeSetter).SetMode(circuit.ForceOpen); err != nil {
			t.Error(err)
		}
		calls(t, g, "a", 33, circuit.Success)
		time.Sleep(time.Second)
		all := commands(t, s.text())
		if len(all) != 22 {
			t.Errorf("%d events came in 21.5 s, want 22", len(all))
		}
		want := map[string]any{
			"type": "HystrixCommand", "name": "a", "group": "orders",
			"requestCount": 63.0, "errorCount": 18.0, "errorPercentage": 28.0,
			"rollingCountSuccess": 45.0, "rollingCountFailure": 18.0, "rollingCountBadRequests": 9.0,
			"rollingCountShortCircuited": 33.0, "isCircuitBreakerOpen": true,
			"propertyValue_circuitBreakerForceOpen": true, "propertyValue_circuitBreakerForceClosed": false,
			"currentTime": float64(time.Now().Add(-time.Second / 2).UnixMilli()), "reportingHosts": 1.0,
			"propertyValue_metricsRollingStatisticalWindowInMilliseconds": 10000.0,
		}
		for field, value := range want {
			if got := all[len(all)-1][field]; got != value {
				t.Errorf("%s is %v, want %v", field, got, value)
			}
		}
	})
}

func TestHystrixDelay(t *testing.T) {
	for _, test := range []struct {
		query string
		want  int // events in 120.5 s
	}{{"", 121}, {"?delay=500", 121}, {"?delay=1000", 121}, {"?delay=1500", 61}, {"?delay=5000", 25}, {"?delay=99999999", 3}} {
		synctest.Test(t, func(t *testing.T) {
			g := newGroup(t)
			g.Get("a")
			s := look(newAdmin(t, one(g)), "/hystrix.stream"+test.query)
			defer s.leave()
			time.Sleep(120500 * time.Millisecond)
			if got := len(commands(t, s.text())); got != test.want {
				t.Errorf("%s: %d events came in 120.5 s, want %d", test.query, got, test.want)
			}
			// Turbine takes 10 s of silence for a lost connection.
			if got := strings.Count(s.text(), "\n\n"); got != 121 {
				t.Errorf("%s: %d messages came in 120.5 s, want one each second", test.query, got)
			}
		})
	}
	for _, delay := range []string{"0", "-1", "1s", "1e3"} {
		w := httptest.NewRecorder()
		newAdmin(t, one(newGroup(t))).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hystrix.stream?delay="+delay, nil))
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), delay) {
			t.Errorf("delay %s answers %d %s", delay, w.Code, w.Body)
		}
	}
}

// The dashboard tells commands by their names alone, and writes those into its markup and
// scripts as they are.
func TestHystrixNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		orders, users := newGroup(t), newGroup(t)
		orders.Get("a")
		users.Get("a")
		users.Get("</script><img src=x onerror='alert(\"1\")'>\\\n\xff")
		users.Get("~\f\x01\x1f\x7f") // no selector could hold these, however escaped
		s := look(newAdmin(t, map[string]*group.Group{"orders": orders, "users": users}), "/hystrix.stream")
		defer s.leave()
		var got []string
		for _, c := range commands(t, s.text()) {
			got = append(got, c["name"].(string))
		}
		want := []string{"orders/a",
			`users/%22%3C/script%3E%3Cimg src=x onerror=%27alert(%5C%221%5C%22)%27%3E%5C%5C%5Cn%5Cxff%22`,
			"users/a", "users/~%0C%01%1F%7F"}
		if !slices.Equal(got, want) {
			t.Errorf("names are\n%q, want\n%q", got, want)
		}
	})
}
