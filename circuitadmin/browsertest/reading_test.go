package browsertest_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/sre"
)

func TestFilterAndSort(t *testing.T) {
	t.Parallel()
	g, _ := crowd()
	p := open(t, site(t, map[string]*group.Group{"backends": g}), look{})
	p.live()
	if first := p.keys()[:10]; strings.Join(first, " ") != strings.Join(openKeys(), " ") {
		t.Errorf("the first rows are %q, want the open ones", first)
	}

	p.press("/")
	p.press("SVC-12 call")
	p.wait("the filter by two words, whatever their case", `document.querySelector("#status").textContent.startsWith("100 of 5,000")`)
	p.wait("it in the address", `location.hash === "#q=SVC-12+call"`)
	p.press(kb.Escape)
	p.wait("all of them", `document.querySelector("#status").textContent.startsWith("5,000 breakers")`)

	p.click("[data-token=open]")
	p.wait("the open ones alone", `document.querySelector("#status").textContent.startsWith("10 of 5,000")`)
	p.click(".head .c-key button")
	p.wait("the order by key", `document.querySelector(".head .c-key").getAttribute("aria-sort") === "ascending"`)
	if got := p.keys(); strings.Join(got, " ") != strings.Join(openKeys(), " ") {
		t.Errorf("by key, ascending: %q", got)
	}
	p.click(".head .c-key button")
	p.wait("the other direction", `document.querySelector(".head .c-key").getAttribute("aria-sort") === "descending"`)
	reversed := openKeys()
	slices.Reverse(reversed)
	if got := p.keys(); strings.Join(got, " ") != strings.Join(reversed, " ") {
		t.Errorf("by key, descending: %q", got)
	}
	p.wait("the view in the address", `location.hash === "#only=open&sort=-key"`)

	// The address brings the view back.
	again := open(t, eval[string](p, `return location.href`), look{})
	again.live()
	if got := again.keys(); strings.Join(got, " ") != strings.Join(reversed, " ") {
		t.Errorf("a shared address shows %q", got)
	}
	p.click(".head .c-key button")
	p.wait("what needs attention, in no column's order", `!document.querySelector("[aria-sort]")`)

	p.press("/")
	p.press("nobody")
	p.wait("the empty view to say so", `document.querySelector("#empty").innerText.includes("Nothing matches")`)
	p.click("#clear")
	p.wait("all of them again", `document.querySelector("#status").textContent.startsWith("5,000 breakers")`)
}

func openKeys() (keys []string) {
	for i := range 10 {
		keys = append(keys, manyKey(i*500))
	}
	sort.Strings(keys)
	return keys
}

func TestKeyboard(t *testing.T) {
	t.Parallel()
	g, _ := crowd()
	p := open(t, site(t, map[string]*group.Group{"backends": g})+"#sort=key", look{})
	p.live()
	picked := func(i int) string {
		return fmt.Sprintf(`document.getElementById(document.querySelector("#grid").getAttribute("aria-activedescendant"))?.getAttribute("aria-rowindex") === "%d"`, i+2)
	}
	p.press("j")
	p.wait("the first row picked", picked(0))
	p.press("jj" + kb.ArrowDown + "k")
	p.wait("the third row picked", picked(2))
	p.press(kb.End)
	p.wait("the last row picked", picked(many-1))
	p.press(kb.Home)
	p.wait("the first row picked again", picked(0))
	p.press(kb.Enter)
	p.wait("its details", `document.querySelector("#panel-key")?.textContent === document.querySelector("[aria-selected=true] .key").title`)
	p.press("j")
	p.wait("the details to follow", picked(1)+` && document.querySelector("#panel-key").textContent === document.querySelector("[aria-selected=true] .key").title`)
	p.press(kb.Enter)
	p.wait("the focus in the details", `document.activeElement.closest("#panel")`)
	p.press(kb.Escape)
	p.wait("the focus back", `document.querySelector("#panel").hidden && document.activeElement.id === "grid"`)
	p.press("/")
	p.wait("the focus in the filter", `document.activeElement.id === "query"`)
}

// The order doesn't change under a reader's pointer.
func TestOrderIsHeldWhileReading(t *testing.T) {
	t.Parallel()
	g := group.New(func(string) circuit.Breaker {
		b, err := sre.New(sre.Config{})
		if err != nil {
			panic(err)
		}
		return b
	})
	for _, key := range []string{"a", "b", "c"} {
		succeed(g.Get(key), 1)
	}
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{})
	p.live()
	eval[bool](p, `const g = document.querySelector("#grid"); window.hover = setInterval(() => g.dispatchEvent(new PointerEvent("pointermove")), 100); return true`)
	fail(g.Get("c"), 200)
	p.wait("the state to show", cell("c", "state")+` === "open"`)
	p.wait("several ticks more", "parseInt("+cell("c", "since")+") >= 5")
	p.wait("the reader to be told", `document.querySelector("#status").textContent.includes("order held")`)
	if got := p.keys(); strings.Join(got, "") != "abc" {
		t.Errorf("the order became %q while the pointer was on the table", got)
	}
	eval[bool](p, `clearInterval(hover); document.querySelector("#grid").dispatchEvent(new PointerEvent("pointerleave")); return true`)
	p.wait("the order by attention", `document.querySelector('.row[aria-rowindex="2"] .key').title === "c"`)
}

// A page that nobody sees gets no frames. It hears on, asks for one frame alone, and is up
// to date when it is seen again.
func TestHiddenPageCatchesUp(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	succeed(g.Get("Charge"), 1)
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{})
	p.live()
	eval[bool](p, `window.kept = requestAnimationFrame;
		window.requestAnimationFrame = (f) => window.asked.push(f); window.asked = []; return true`)
	fail(g.Get("Charge"), 10)
	p.wait("the title to tell", `document.title === "(1 open) Fusebox"`)
	succeed(g.Get("Refund"), 1)
	p.wait("a frame to be asked for", `asked.length > 0`)
	if n := eval[int](p, `await new Promise((done) => setTimeout(done, 2500)); return asked.length`); n != 1 {
		t.Errorf("%d frames asked for within several ticks, want 1", n)
	}
	eval[bool](p, `window.requestAnimationFrame = kept; asked[0](performance.now()); return true`)
	p.wait("the row to be open", cell("Charge", "state")+` === "open"`)
	p.wait("the new row", row("Refund"))
}
