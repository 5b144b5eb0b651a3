package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const theirs = `package p

import (
	"context"

	"example.com/breaker"
)

type theirs struct{}

// Make
// one.
func (theirs) New() *breaker.Breaker {
	return breaker.New(
		breaker.Open(5))
}

// A call.
func (theirs) Do(ctx context.Context, b *breaker.Breaker) error {
	err := b.Do(ctx)
	return err
}
`

const ours = `package p

import b2 "example.org/ours"

type ours struct{}

func (ours) Do() error { return b2.Do() }

// Without a registry.
func (ours) New() (*b2.Breaker, error) {
	return b2.New()
}
`

const settings = `package p

var list = []setting{
	{"Open", "5", "b2.Config.Open", "8", "more"},
	{"", "", "b2.Config.Close", "1", ""},
}
`

const page = `# Page

<!-- pairs: PATH theirs -->
old
<!-- /pairs -->

end
`

const filledPage = `# Page

<!-- pairs: PATH theirs -->
<table>
<tr><th>theirs<br><code>example.com/breaker</code></th><th>Fusebox<br><code>b2 example.org/ours</code></th></tr>
<tr><td colspan="2">

**Make one.** Without a registry.

</td></tr>
<tr valign="top"><td>

~~~go
breaker.New(
    breaker.Open(5))
~~~

</td><td>

~~~go
b2.New()
~~~

</td></tr>
<tr><td colspan="2">

**A call.**

</td></tr>
<tr valign="top"><td>

~~~go
err := b.Do(ctx)
return err
~~~

</td><td>

~~~go
b2.Do()
~~~

</td></tr>
</table>

| theirs | default | Fusebox | default | |
|---|---|---|---|---|
| ~Open~ | 5 | ~b2.Config.Open~ | 8 | more |
|  |  | ~b2.Config.Close~ | 1 |  |

<!-- /pairs -->

end
`

// library writes the files of a library, and returns their path as seen from the root.
func library(t *testing.T, theirs, ours, settings string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"theirs": theirs, "ours": ours, "settings": settings} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, "x_"+name+"_test.go"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	above, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Rel(above, filepath.Join(dir, "x"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPaired(t *testing.T) {
	path := library(t, theirs, ours, settings)
	got, err := paired(strings.Replace(page, "PATH", path, 1))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("~", "`", "PATH", path).Replace(filledPage)
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if again, err := paired(got); err != nil || again != got {
		t.Errorf("a second time: %v\n%s", err, again)
	}
}

func TestPairedFails(t *testing.T) {
	long := strings.Replace(theirs, "breaker.Open(5)", "breaker.Open("+strings.Repeat("1", widest)+")", 1)
	for name, path := range map[string]string{
		"a pair without ours":       library(t, theirs, strings.Replace(ours, "New()", "Make()", 1), ""),
		"a line that is too wide":   library(t, long, ours, ""),
		"a setting of four":         library(t, theirs, ours, strings.Replace(settings, `, "more"`, "", 1)),
		"a setting that is no text": library(t, theirs, ours, strings.Replace(settings, `"more"`, "more", 1)),
		"no settings":               library(t, theirs, ours, "package p\n"),
		"no files":                  "nowhere/x",
	} {
		if got, err := paired(strings.Replace(page, "PATH", path, 1)); err == nil {
			t.Errorf("%s: no error\n%s", name, got)
		}
	}
	if _, err := paired("<!-- pairs: a b -->\n"); err == nil {
		t.Error("pairs without an end: no error")
	}
}
