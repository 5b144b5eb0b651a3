package file_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchema holds the schema that editors use against the parser.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../scenarios/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("../../scenarios/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("the examples are %v, %v", paths, err)
	}
	good := []string{all, ok}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		good = append(good, string(data))
	}
	for _, tt := range units {
		good = append(good, tt.text)
	}
	for _, text := range good {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
	for _, tt := range bad {
		var v any
		if err := yaml.Unmarshal([]byte(tt.text), &v); err != nil {
			if tt.schema {
				t.Errorf("%s: marked as for the schema, but is no YAML: %v", tt.name, err)
			}
			continue
		}
		if err := schema.Validate(v); (err != nil) != tt.schema {
			t.Errorf("%s: the schema says %v, want an error: %v", tt.name, err, tt.schema)
		}
	}
}
