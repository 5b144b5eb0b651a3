package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const source = `package kratos_test

import (
	"github.com/go-kratos/kratos/v2/middleware"

	"github.com/go-fusebox/fusebox/kratos"
)

var _ middleware.Middleware = kratos.Client()
`

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestMirror(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, filepath.Join(from, "a_test.go"), source)
	write(t, filepath.Join(from, "only_v2_test.go"), "package kratos_test\n")
	write(t, filepath.Join(to, "only_v3_test.go"), "package kratos_test\n")

	expect := func(check bool, mention string) {
		t.Helper()
		err := run(from, to, check)
		switch {
		case mention == "" && err != nil:
			t.Fatal(err)
		case mention != "" && (err == nil || !strings.Contains(err.Error(), mention)):
			t.Fatalf("error %v, should mention %s", err, mention)
		}
	}
	expect(true, "a_test.go") // not there yet
	expect(false, "")
	expect(true, "")

	made, err := os.ReadFile(filepath.Join(to, "a_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		header,
		`"github.com/go-kratos/kratos/v3/middleware"`,
		`kratos "github.com/go-fusebox/fusebox/kratosv3"`,
	} {
		if !strings.Contains(string(made), want) {
			t.Errorf("no %s in\n%s", want, made)
		}
	}
	if _, err := os.Stat(filepath.Join(to, "only_v2_test.go")); err == nil {
		t.Error("a file for v2 alone was mirrored")
	}

	write(t, filepath.Join(to, "a_test.go"), string(made)+"\n// changed by hand\n")
	expect(true, "a_test.go")
	expect(false, "")
	expect(true, "")

	if err := os.Rename(filepath.Join(from, "a_test.go"), filepath.Join(from, "b_test.go")); err != nil {
		t.Fatal(err)
	}
	expect(true, "b_test.go")
	write(t, filepath.Join(to, "b_test.go"), string(made))
	expect(true, "a_test.go") // without a source
	expect(false, "")
	expect(true, "")

	write(t, filepath.Join(to, "stray.go"), "package kratos\n")
	expect(false, "stray.go")
}
