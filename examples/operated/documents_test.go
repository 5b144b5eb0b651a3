package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/go-fusebox/fusebox/circuitfile"
	"github.com/go-fusebox/fusebox/core/rules"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The documents that readers are shown are good ones, and say what the text beside them
// says.
func TestRulesInTheREADMEs(t *testing.T) {
	for _, name := range []string{"../../README.md", "../../README.zh-CN.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		blocks := yamlBlock.FindAllSubmatch(text, -1)
		if len(blocks) != 1 {
			t.Fatalf("%s has %d blocks of YAML, want 1", name, len(blocks))
		}
		r, err := circuitfile.Parse("rules.yaml", blocks[0][1])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, want := range map[string]func(rules.Rule) bool{
			"/any.v1.Service/Method":       func(r rules.Rule) bool { return r.Engine == "credit" && r.Mode == "auto" && *r.Enabled },
			"/orders.v1.Orders/Place":      func(r rules.Rule) bool { return r.Engine == "credit" && r.Mode == "observe" },
			"/users.v1.Users/Get":          func(r rules.Rule) bool { return r.Engine == "hystrix" && r.Mode == "auto" },
			"/grpc.health.v1.Health/Check": func(r rules.Rule) bool { return !*r.Enabled },
		} {
			if e := r.For(key); !want(e.Rule) {
				t.Errorf("%s: the rule of %s is %v", name, key, e)
			}
		}
	}
}
