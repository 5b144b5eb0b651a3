package browsertest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// luminance of an element's background, from 0 to 255.
const luminance = `const l = (e) => { const [r, g, b] = getComputedStyle(e).backgroundColor.match(/[\d.]+/g).map(Number); return 0.2126*r + 0.7152*g + 0.0722*b }; return l(document.body)`

func TestLightAndDark(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	succeed(g.Get("Charge"), 1)
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{scheme: "dark"})
	p.live()
	if l := eval[float64](p, luminance); l > 60 {
		t.Errorf("the background's luminance is %.0f although the system asks for dark", l)
	}
	p.look(look{scheme: "light"})
	if l := eval[float64](p, luminance); l < 200 {
		t.Errorf("the background's luminance is %.0f although the system asks for light", l)
	}
	p.click("#theme")
	if l := eval[float64](p, luminance); l > 60 {
		t.Errorf("the background's luminance is %.0f after dark was chosen", l)
	}
	p.must(chromedp.Do(p.ctx, chromedp.Reload()))
	p.live()
	if l := eval[float64](p, luminance); l > 60 {
		t.Errorf("the background's luminance is %.0f after the page came anew: the choice was forgotten", l)
	}
	p.click("#theme")
	if l := eval[float64](p, luminance); l < 200 {
		t.Errorf("the background's luminance is %.0f after light was chosen", l)
	}
	if kept := eval[int](p, `return localStorage.length`); kept != 0 {
		t.Error("a choice that is the system's is kept, so the page won't follow the system")
	}
}

// sideways are the elements that reach beyond the window's right edge, where nothing clips
// or scrolls them.
const sideways = `const wide = [], w = document.documentElement.clientWidth;
	for (const e of document.querySelectorAll("body *")) {
		const r = e.getBoundingClientRect();
		if (!r.width || r.right <= w + 0.5) continue;
		let clipped = false;
		for (let a = e.parentElement; a && a !== document.body; a = a.parentElement) {
			if (getComputedStyle(a).overflowX !== "visible" && a.getBoundingClientRect().right <= w + 0.5) clipped = true;
		}
		if (!clipped) wide.push(e.tagName + "#" + e.id + "." + e.getAttribute("class") + " " + Math.round(r.right));
	}
	if (document.documentElement.scrollWidth > w) wide.push("the page scrolls sideways: " + document.documentElement.scrollWidth);
	return wide`

func TestNoSidewaysScrollAtAnyWidth(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	long := "/" + strings.Repeat("com.example.payments.", 20) + "Service/" + strings.Repeat("Charge", 20)
	fail(g.Get(long), 10)
	fail(g.Get("short"), 10)
	if err := g.Get("short").(circuit.ModeSetter).Override(circuit.ForceOpen, 0); err != nil {
		t.Fatal(err)
	}
	p := open(t, site(t, map[string]*group.Group{"orders": g, "users": group.New(firm)},
		circuitadmin.WithAuthorizer(func(*http.Request) (string, error) { return "ann", nil })), look{width: 360, height: 740})
	p.live()
	for _, width := range []int64{320, 360, 480, 768, 800, 1024, 1180, 1280, 1920} {
		p.look(look{width: width, height: 740})
		p.wait("the rows", row(long)+" && "+row("short"))
		if wide := eval[[]string](p, sideways); len(wide) > 0 {
			t.Errorf("at %d px, beyond the edge: %q", width, wide)
		}
		// What says most is in sight, whatever the width, and nothing lies over it.
		for _, name := range []string{"state", "key", "refused", "chart"} {
			over := eval[string](p, fmt.Sprintf(`await new Promise(requestAnimationFrame);
				const e = (%s).querySelector(".c-%s"), r = e.getBoundingClientRect();
				const at = document.elementFromPoint(r.x + Math.min(10, r.width / 2), r.y + r.height / 2);
				return e.contains(at) ? "" : at ? at.outerHTML.slice(0, 80) : "out of sight"`, row("short"), name))
			if over != "" {
				t.Errorf("at %d px the %s of a row is covered: %s", width, name, over)
			}
		}
		if cut := eval[[]string](p, fmt.Sprintf(`const row = %s, edge = row.getBoundingClientRect().right;
			return [...row.querySelectorAll(".cell, .badge, canvas")].filter((e) => e.getBoundingClientRect().right > edge + 0.5).map((e) => e.className)`, row("short"))); len(cut) > 0 {
			t.Errorf("at %d px the row cuts off: %q", width, cut)
		}
		p.clickRow(long)
		p.wait("the details", `!document.querySelector("#panel").hidden && document.querySelector(".controls")`)
		if wide := eval[[]string](p, sideways); len(wide) > 0 {
			t.Errorf("at %d px with details, beyond the edge: %q", width, wide)
		}
		p.click("#panel-close")
		p.wait("no details", `document.querySelector("#panel").hidden`)
	}
}

// Whoever hears the page in place of seeing it gets the same.
func TestNamesAndRoles(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	for i := range 100 {
		succeed(g.Get(fmt.Sprint("key-", i)), 1)
	}
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{})
	p.live()
	p.clickRow(p.keys()[0])
	p.wait("the details", `!document.querySelector("#panel").hidden`)
	if nameless := eval[[]string](p, `return [...document.querySelectorAll("button, input, select, a, [role=img], canvas:not([aria-hidden])")]
		.filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length)).map((e) => e.outerHTML)`); len(nameless) > 0 {
		t.Errorf("without a name: %q", nameless)
	}
	if n := eval[string](p, `return document.querySelector("#grid").getAttribute("aria-rowcount")`); n != "101" {
		t.Errorf("aria-rowcount is %s, want 101", n)
	}
	if n := eval[int](p, `return [...document.querySelectorAll(".rows .row")].filter((r) => r.querySelectorAll("[role=gridcell]").length !== document.querySelectorAll("[role=columnheader]").length).length`); n != 0 {
		t.Errorf("%d rows don't have as many cells as there are headers", n)
	}
}
