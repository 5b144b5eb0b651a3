package circuitprom_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/core/group"
	dto "github.com/prometheus/client_model/go"
)

// everything is what the exporter shows of a group with one key.
func everything(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	g := group.New(brittle)
	r := registered(t, "shop", g)
	g.Get("pay")
	return gather(t, r)
}

// dashboard is the part of Grafana's format that can go wrong here.
type dashboard struct {
	Templating struct {
		List []struct {
			Name       string
			Type       string
			Definition string
			Datasource source
		}
	}
	Panels []struct {
		ID          int
		Title       string
		Description string
		Datasource  source
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct {
			RefID        string
			Expr         string
			LegendFormat string
			Datasource   source
		}
	}
}

type source struct{ Type, UID string }

func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&d); err != nil {
		t.Fatal(err)
	}
	c := newChecker(everything(t))
	variables := map[string]bool{"__rate_interval": true, "__range": true}
	for _, v := range d.Templating.List {
		variables[v.Name] = true
		if v.Type == "query" {
			c.checkVariable(t, v.Name, v.Definition)
			checkSource(t, v.Name, v.Datasource)
		}
	}
	ids, covered := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d, %q, has the number of another, or lacks something", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, taken := covered[[2]int{x, y}]; taken || x >= 24 {
					t.Fatalf("%q lies on %q, or beyond the edge", p.Title, other)
				}
				covered[[2]int{x, y}] = p.Title
			}
		}
		checkSource(t, p.Title, p.Datasource)
		for _, target := range p.Targets {
			checkSource(t, p.Title, target.Datasource)
			labels, err := c.check(target.Expr)
			if err != nil {
				t.Errorf("%s: %s: %v", p.Title, target.Expr, err)
			}
			if err := subset(placeholders(target.LegendFormat), labels); err != nil {
				t.Errorf("%s: %s: %v", p.Title, target.LegendFormat, err)
			}
			if !strings.Contains(target.Expr, `circuit_breaker_group_name=~"$group"`) {
				t.Errorf("%s: %s takes no notice of the group", p.Title, target.Expr)
			}
		}
	}
	for _, m := range regexp.MustCompile(`\$\{?(\w+)`).FindAllSubmatch(text, -1) {
		if name := string(m[1]); !variables[name] && name != "__all" {
			t.Errorf("there is no variable %s", name)
		}
	}
	if unused := c.unused(); len(unused) > 0 {
		t.Errorf("no panel shows %q", unused)
	}
}

// checkVariable checks a query of the form label_values(selector, label).
func (c *checker) checkVariable(t *testing.T, name, query string) {
	t.Helper()
	m := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`).FindStringSubmatch(query)
	if m == nil {
		t.Fatalf("variable %s: %s", name, query)
	}
	labels, err := newChecker(c.shown).check(m[1])
	if err == nil {
		err = subset(m[2:], labels)
	}
	if err != nil {
		t.Errorf("variable %s: %s: %v", name, query, err)
	}
}

func checkSource(t *testing.T, where string, s source) {
	t.Helper()
	if s != (source{"prometheus", "${datasource}"}) {
		t.Errorf("%s asks %v, not the data source that the user chose", where, s)
	}
}

func placeholders(legend string) (labels []string) {
	for _, m := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(legend, -1) {
		labels = append(labels, m[1])
	}
	return labels
}
