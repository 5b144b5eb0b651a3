package metrics_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/core/metrics"
)

// OpenTelemetry's rules: lower-case words between dots, no name that is the namespace of
// another, no kind in a name, and what is counted in braces.
func TestNamesFollowTheConventions(t *testing.T) {
	all := slices.Concat(metrics.OfKey(), metrics.OfGroup())
	names := []string{metrics.KeyAttribute, metrics.GroupAttribute, metrics.StateAttribute, metrics.ModeAttribute, metrics.OutcomeAttribute}
	instruments := map[string]bool{}
	for _, i := range all {
		if instruments[i.Name] {
			t.Errorf("%s is there twice", i.Name)
		}
		instruments[i.Name] = true
		names = append(names, i.Name)
	}
	syntax := regexp.MustCompile(`^circuit_breaker(\.[a-z]+(_[a-z]+)*)+$`)
	for _, name := range names {
		if !syntax.MatchString(name) || strings.HasSuffix(name, "_total") || strings.HasSuffix(name, ".count") {
			t.Errorf("%s is no name by the conventions", name)
		}
		for _, other := range names {
			if strings.HasPrefix(other, name+".") {
				t.Errorf("%s is the namespace of %s", name, other)
			}
		}
	}
	unit := regexp.MustCompile(`^\{[a-z]+\}$`)
	for _, i := range all {
		if i.Kind == metrics.Gauge && i.Unit != "1" || i.Kind != metrics.Gauge && !unit.MatchString(i.Unit) {
			t.Errorf("%s has the unit %q", i.Name, i.Unit)
		}
		if !strings.HasSuffix(i.Description, ".") {
			t.Errorf("%s has the description %q", i.Name, i.Description)
		}
		if (i.Attribute == "") != (len(i.Values) == 0) {
			t.Errorf("%s has the attribute %q with the values %q", i.Name, i.Attribute, i.Values)
		}
	}
}

func TestInstrumentsAreTheCallersOwn(t *testing.T) {
	metrics.OfKey()[0].Name = "changed"
	metrics.OfKey()[0].Values[0] = "changed"
	if got := metrics.OfKey()[0]; got.Name == "changed" || got.Values[0] == "changed" {
		t.Error("a caller changed the table")
	}
}
