package browsertest_test

import (
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/core/group"
)

// Keys come from whoever makes the calls: they are text, whatever they look like. That
// nothing was fetched or logged, checkManners tells for this page as for all others.
func TestKeysAreText(t *testing.T) {
	t.Parallel()
	keys := []string{
		`<img src=x onerror="window.pwned=1">`,
		`<script>window.pwned=1</script>`,
		`"><svg onload=window.pwned=1>`,
		`javascript:window.pwned=1`,
		"__proto__", "constructor", "tab\tand\nline", "\u202Ereversed", "", "😀😀😀😀😀😀😀😀😀😀😀😀",
	}
	g := group.New(firm)
	for _, key := range keys {
		succeed(g.Get(key), 1)
	}
	p := open(t, site(t, map[string]*group.Group{`<b onclick=1>`: g, "__proto__": group.New(firm)}), look{})
	p.live()
	for _, key := range keys {
		p.wait("the row of "+key, row(key))
	}
	p.clickRow(keys[0])
	p.wait("the key as text in the details", `document.querySelector("#panel-key").textContent === `+js(keys[0]))
	p.press("/")
	p.press("<svg")
	p.wait("the one row that matches", `document.querySelector("#status").textContent.startsWith("1 of 10")`)
	if eval[bool](p, `return "pwned" in window || Boolean(document.querySelector(".rows img, .rows script, .panel img"))`) {
		t.Error("a key became markup")
	}
}

// A view's address is text from elsewhere as well.
func TestAddressIsText(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	succeed(g.Get("Charge"), 1)
	address := site(t, map[string]*group.Group{"orders": g})
	p := open(t, address+"#q=%3Cimg+src%3Dx%3E&sort=__proto__&only=constructor,toString&open=%3Cimg%3E&in=x&group=nobody", look{})
	p.wait("nothing to match", `document.querySelector("#empty").innerText.includes("Nothing matches")`)
	p.click("#clear")
	p.wait("the row", row("Charge"))
}

func TestOnlyOwnRequests(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	succeed(g.Get("Charge"), 1)
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{})
	p.live()
	p.clickRow("Charge")
	p.wait("the counts since the start", `document.querySelector("#panel tbody td:last-child").textContent === "1"`)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.requests {
		_, to, _ := strings.Cut(r, " ")
		if path := strings.TrimPrefix(to, p.origin); !strings.HasPrefix(path, "/breakers/") && !strings.HasPrefix(to, "data:") {
			t.Errorf("%s is outside of the mount", r)
		}
	}
}
