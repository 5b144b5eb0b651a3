package circuitprom_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v2"
)

// rules is Prometheus' format of rule files.
type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert       string
			Expr        string
			For         time.Duration
			Labels      map[string]string
			Annotations map[string]string
		}
	}
}

func TestAlerts(t *testing.T) {
	text, err := os.ReadFile("alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var r rules
	if err := yaml.UnmarshalStrict(text, &r); err != nil {
		t.Fatal(err)
	}
	c := newChecker(everything(t))
	var names []string
	for _, g := range r.Groups {
		for _, rule := range g.Rules {
			names = append(names, rule.Alert)
			labels, err := c.check(rule.Expr)
			if err != nil {
				t.Errorf("%s: %v", rule.Alert, err)
			}
			if used := newChecker(c.shown); rule.Alert == "CircuitBreakerOpen" {
				_, _ = used.check(rule.Expr)
				if !used.used["circuit_breaker_call_refused_total"] || !used.used["circuit_breaker_call_admitted_total"] {
					t.Errorf("%s goes on for a key that nobody calls any more: a breaker changes its state with calls only", rule.Alert)
				}
			}
			if rule.For < time.Minute || rule.For > time.Hour {
				t.Errorf("%s is for %v", rule.Alert, rule.For)
			}
			if !slices.Contains([]string{"critical", "warning", "info"}, rule.Labels["severity"]) {
				t.Errorf("%s has the severity %q", rule.Alert, rule.Labels["severity"])
			}
			for _, a := range []string{"summary", "description"} {
				note := rule.Annotations[a]
				if err := subset(labelsIn(note), labels); err != nil || note == "" {
					t.Errorf("%s: the %s is %q: %v", rule.Alert, a, note, err)
				}
				if !strings.Contains(note, "{{ $labels.circuit_breaker_") {
					t.Errorf("%s: the %s doesn't say where", rule.Alert, a)
				}
			}
		}
	}
	want := []string{
		"CircuitBreakerOpen", "CircuitBreakerFlapping", "CircuitBreakerWouldRefuse",
		"CircuitBreakerForced", "CircuitBreakerOverflow", "CircuitBreakerEventsDropped",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the alerts are %q, want %q", names, want)
	}
}

func labelsIn(template string) (labels []string) {
	for _, m := range regexp.MustCompile(`\$labels\.(\w+)`).FindAllStringSubmatch(template, -1) {
		labels = append(labels, m[1])
	}
	return labels
}
