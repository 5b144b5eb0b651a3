package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFilled(t *testing.T) {
	dir := t.TempDir()
	source := "package p\n\nfunc ExampleA() {\n\tx := 1\n\tif x > 0 {\n\t\tprintln(x)\n\t}\n\n\t// Output: 1\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "a_test.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Rel(root, filepath.Join(dir, "a_test.go"))
	if err != nil {
		// root is relative: make the file's path so, too.
		abs, err := filepath.Abs(root)
		if err != nil {
			t.Fatal(err)
		}
		if path, err = filepath.Rel(abs, filepath.Join(dir, "a_test.go")); err != nil {
			t.Fatal(err)
		}
	}
	marker := "<!-- snippet: " + path + " ExampleA -->\n```go\n"
	got, err := filled("# T\n\n" + marker + "old\n```\n\nend\n")
	if err != nil {
		t.Fatal(err)
	}
	want := "# T\n\n" + marker + "x := 1\nif x > 0 {\n\tprintln(x)\n}\n```\n\nend\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	if _, err := filled(strings.Replace(marker, "ExampleA", "ExampleB", 1) + "```\n"); err == nil {
		t.Error("a function that isn't there: no error")
	}
	if _, err := filled("```go\nx\n```\n"); err == nil {
		t.Error("a block of Go that is not marked: no error")
	}
}
