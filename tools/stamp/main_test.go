package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pins = "module tools\n\nrequire (\n\tgithub.com/bufbuild/buf v1.0.0 // indirect\n\tgithub.com/other/thing v1.2.3 // indirect\n)\n"

func write(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnyChangeIsFound(t *testing.T) {
	for _, tt := range []struct {
		name, path, text string
		found            string // empty if the change doesn't matter
	}{
		{"a source", "api/x/v1/x.proto", "changed", "x/v1/x.proto"},
		{"generated code", "api/x/v1/x.pb.go", "changed", "x/v1/x.pb.go"},
		{"code that lacks a source", "api/x/v1/y.pb.go", "new", "x/v1/y.pb.go"},
		{"the generator's settings", "api/buf.gen.yaml", "changed", "buf.gen.yaml"},
		{"the generator's version", "tools/go.mod", strings.Replace(pins, "v1.0.0", "v1.0.1", 1), "bufbuild/buf v1.0.1"},
		{"another tool's version", "tools/go.mod", strings.Replace(pins, "v1.2.3", "v1.2.4", 1), ""},
		{"hand-written code", "api/doc.go", "changed", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, "api/x/v1/x.proto", "source")
			write(t, root, "api/x/v1/x.pb.go", "generated")
			write(t, root, "api/buf.gen.yaml", "settings")
			write(t, root, "api/doc.go", "by hand")
			write(t, root, "tools/go.mod", pins)
			if err := run(root, true); err == nil {
				t.Error("there is no generated.sum, and no error")
			}
			if err := run(root, false); err != nil {
				t.Fatal(err)
			}
			if err := run(root, true); err != nil {
				t.Fatalf("nothing changed: %v", err)
			}
			write(t, root, tt.path, tt.text)
			err := run(root, true)
			if (err != nil) != (tt.found != "") || err != nil && !strings.Contains(err.Error(), tt.found) {
				t.Errorf("the error is %v, want one that names %q", err, tt.found)
			}
		})
	}
}
