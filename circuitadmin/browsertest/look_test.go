package browsertest_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

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

// faint are the texts in sight that stand out from what is behind them by less than 4.5 to
// 1, and the borders of fields that do by less than 3, as WCAG 2.2 has it for level AA.
const faint = `for (const a of document.getAnimations()) a.finish();
	const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
	const known = window.known ??= new Map();
	const over = (colours) => { // the last on top
		const all = String(colours);
		if (known.has(all)) return known.get(all);
		for (const c of colours) { canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); }
		known.set(all, canvas.getImageData(0, 0, 1, 1).data);
		return known.get(all);
	};
	const behind = (e) => { const all = []; for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c !== "rgba(0, 0, 0, 0)") all.unshift(c); } return all; };
	const light = ([r, g, b]) => { const f = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
	const ratio = (e, colour) => { const a = light(over([...behind(e), colour])), b = light(over(behind(e))); return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); };
	const found = new Set();
	for (const e of document.querySelectorAll("body *")) {
		if (!e.checkVisibility() || e.disabled || e.closest(".sr, option, noscript")) continue;
		const style = getComputedStyle(e), what = (r) => found.add(e.tagName + "." + e.className + " " + e.textContent.slice(0, 20) + " " + r.toFixed(2));
		const field = e.matches("input, select");
		if (field || [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) { const r = ratio(e, style.color); if (r < 4.5) what(r); }
		if (e.placeholder) { const r = ratio(e, getComputedStyle(e, "::placeholder").color); if (r < 4.5) what(r); }
		if (field) { const r = ratio(e.parentElement, style.borderTopColor); if (r < 3) what(r); }
	}
	return [...found]`

func TestContrast(t *testing.T) {
	t.Parallel()
	g := group.New(quick)
	keys := []string{"open", "failing", "observing", ""}
	for _, key := range keys {
		succeed(g.Get(key), 4)
	}
	fail(g.Get("failing"), 2)
	for key, mode := range map[string]circuit.Mode{"open": circuit.ForceOpen, "observing": circuit.Observe} {
		if err := g.Get(key).(circuit.ModeSetter).Override(mode, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	fail(g.Get("observing"), 10)
	p := open(t, site(t, map[string]*group.Group{"orders": g, "users": group.New(firm)}, circuitadmin.WithAuthorizer(ann))+"#sort=key", look{width: 1900, height: 900})
	p.live()
	for _, how := range []look{{1900, 900, "light", ""}, {1900, 900, "dark", ""}, {360, 740, "light", ""}, {360, 740, "dark", ""}} {
		p.look(how)
		for _, key := range keys {
			p.clickRow(key)
			p.wait("the details", `document.querySelector("#panel-key")?.textContent === `+js(cmp.Or(key, "(empty key)")))
			if dim := eval[[]string](p, faint); len(dim) > 0 {
				t.Errorf("%d px, %s, with %q picked: too faint are %q", how.width, how.scheme, key, dim)
			}
			p.click("#panel-close")
			p.wait("no details", `document.querySelector("#panel").hidden`)
			if dim := eval[[]string](p, faint); len(dim) > 0 {
				t.Errorf("%d px, %s, after %q: too faint are %q", how.width, how.scheme, key, dim)
			}
		}
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
		circuitadmin.WithAuthorizer(ann)), look{width: 360, height: 740})
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
