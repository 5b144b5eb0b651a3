package circuitprom_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/core/metrics"
)

// The README's table is what the exporter shows, in the order of core/metrics.
func TestReadmeListsTheMetrics(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "<!-- table -->\n")
	table, _, ok := strings.Cut(after, "<!-- /table -->")
	if want := wantedTable(t); !ok || table != want {
		t.Errorf("the README has to have this table:\n%s", want)
	}
}

// Its code is compiled.
func TestReadmeShowsAnExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(readme), "```go\n")
	code, _, ok := strings.Cut(after, "```")
	body := "func Example_readme() {\n\t" + strings.ReplaceAll(strings.TrimSuffix(code, "\n"), "\n", "\n\t") + "\n}\n"
	if !ok || !strings.Contains(string(examples), body) {
		t.Errorf("example_test.go doesn't have\n%s", body)
	}
}

func wantedTable(t *testing.T) string {
	families := everything(t)
	var b strings.Builder
	b.WriteString("| metric | type | label of its own | what |\n|---|---|---|---|\n")
	for _, i := range append(metrics.OfKey(), metrics.OfGroup()...) {
		var name string
		for _, f := range families {
			if f.GetHelp() == i.Description {
				name = f.GetName()
			}
		}
		own := ""
		if i.Attribute != "" {
			own = fmt.Sprintf("`%s`: %s", strings.ReplaceAll(i.Attribute, ".", "_"), strings.Join(i.Values, ", "))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(families[name].GetType().String()), own, i.Description)
	}
	return b.String()
}
