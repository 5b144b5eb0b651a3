package browsertest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is far more than a loaded machine needs.
const patience = 20 * time.Second

// tab is a window of the browser that belongs to one test.
type tab struct {
	*testing.T
	ctx    context.Context
	origin string

	mu       sync.Mutex
	requests []string
	troubles []string // errors and warnings of the console, and broken policies

	expectLoss bool // the test takes the server away, so that requests fail
}

type look struct {
	width, height int64
	scheme        string // light or dark
	script        string // that runs before the page's own
}

// open opens a window of its own, with its own storage, and loads the address.
func open(t *testing.T, address string, how look) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext(), chromedp.WithNewWindow(true))
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &tab{T: t, ctx: ctx, origin: u.Scheme + "://" + u.Host}
	t.Cleanup(func() {
		p.checkManners()
		cancel()
	})
	p.must(chromedp.Listen(ctx, p.note))
	p.must(chromedp.Do(ctx))
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	p.must(err)
	_, err = chromedp.Call(ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	p.must(err)
	p.look(how)
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: how.script})
	p.must(err)
	p.must(chromedp.Do(ctx, chromedp.Navigate(address)))
	return p
}

func (p *tab) look(how look) {
	p.Helper()
	if how.width == 0 {
		how.width, how.height = 1280, 800
	}
	if how.scheme == "" {
		how.scheme = "light"
	}
	p.must(chromedp.Do(p.ctx, chromedp.EmulateViewport(how.width, how.height)))
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: how.scheme}},
	})
	p.must(err)
}

// note hears of everything that the tab does. It must not wait.
func (p *tab) note(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, ev.Request.Method+" "+ev.Request.URL)
	case *runtime.EventExceptionThrown:
		p.troubles = append(p.troubles, fmt.Sprintf("exception: %+v", ev.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		p.troubles = append(p.troubles, fmt.Sprintf("console: %s %s", ev.Type, ev.Args[0].Value))
	case *log.EventEntryAdded:
		p.troubles = append(p.troubles, fmt.Sprintf("log: %s %s %s", ev.Entry.Level, ev.Entry.Source, ev.Entry.Text))
	}
}

// checkManners is what every page of every test must keep to.
func (p *tab) checkManners() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, trouble := range p.troubles {
		if p.expectLoss && strings.Contains(trouble, " network ") {
			continue
		}
		p.Errorf("the page wrote to the console: %s", trouble)
	}
	if len(p.requests) < 3 {
		p.Errorf("%d requests were seen, want the page's own at the least", len(p.requests))
	}
	for _, r := range p.requests {
		_, to, _ := strings.Cut(r, " ")
		if !strings.HasPrefix(to, p.origin+"/") && !strings.HasPrefix(to, "data:") {
			p.Errorf("a request to another origin: %s", r)
		}
	}
}

func (p *tab) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// eval runs a function's body in the page; it may await.
func eval[T any](p *tab, body string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T]("(async () => {"+body+"})()", chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", body, err)
	}
	return v
}

// wait looks again and again until an expression of the page is true.
func (p *tab) wait(what, expression string) {
	p.Helper()
	end := time.Now().Add(patience)
	for !eval[bool](p, "return Boolean("+expression+")") {
		if time.Now().After(end) {
			p.Fatalf("waited in vain for: %s; the page shows:\n%s", what, eval[string](p, "return document.body.innerText.slice(0, 1000)"))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// live waits until the page shows data.
func (p *tab) live() {
	p.Helper()
	p.wait("a live page", `document.querySelector("#connection")?.dataset.is === "live" && document.querySelector("#status").textContent`)
}

// click clicks on an element, once it is in sight and nothing lies over it.
func (p *tab) click(selector string) {
	p.Helper()
	middle := `const e = document.querySelector(` + js(selector) + `); if (!e) return [];
		e.scrollIntoView({block: "nearest"}); const r = e.getBoundingClientRect(), at = [r.x + r.width / 2, r.y + r.height / 2];
		return e.contains(document.elementFromPoint(...at)) && !e.disabled ? at : []`
	var at []float64
	for end := time.Now().Add(patience); len(at) == 0; at = eval[[]float64](p, middle) {
		if time.Now().After(end) {
			p.Fatalf("%s can't be clicked", selector)
		}
	}
	p.must(chromedp.Do(p.ctx, chromedp.MouseClickXY(at[0], at[1])))
}

// press types keys, wherever the focus is. As with real keys, and unlike chromedp.KeyEvent,
// a page that handles a key itself doesn't get its character as well.
func (p *tab) press(keys string) {
	p.Helper()
	for _, r := range keys {
		events := kb.Encode(r)
		down, up := *events[0], *events[len(events)-1]
		if len(events) == 3 {
			down.Text = events[1].Text
		}
		for _, e := range []input.DispatchKeyEventParams{down, up} {
			_, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, e)
			p.must(err)
		}
	}
}

// row is a JavaScript expression for the row of a key, which may be undefined.
func row(key string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".rows .row:not([hidden])")].find((r) => r.querySelector(".key").title === %s)`, js(key))
}

// cell is one for a cell's text.
func cell(key, name string) string {
	return fmt.Sprintf(`(%s)?.querySelector(".c-%s").innerText.trim()`, row(key), name)
}

// keys are those of the rows in the document, from the top.
func (p *tab) keys() []string {
	p.Helper()
	return eval[[]string](p, `return [...document.querySelectorAll(".rows .row:not([hidden])")]
		.sort((a, b) => a.getAttribute("aria-rowindex") - b.getAttribute("aria-rowindex")).map((r) => r.querySelector(".key").title)`)
}

// clickRow clicks into the row of a key, again if that was somewhere else by then.
func (p *tab) clickRow(key string) {
	p.Helper()
	for end := time.Now().Add(patience); ; {
		p.wait("the row of "+key, row(key))
		at := eval[[]float64](p, fmt.Sprintf(`const b = (%s)?.querySelector(".c-key").getBoundingClientRect(); return b ? [b.x + 20, b.y + b.height / 2] : []`, row(key)))
		if len(at) == 0 {
			continue
		}
		p.must(chromedp.Do(p.ctx, chromedp.MouseClickXY(at[0], at[1])))
		if eval[bool](p, fmt.Sprintf(`await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
			return (%s)?.getAttribute("aria-selected") === "true"`, row(key))) {
			return
		}
		if time.Now().After(end) {
			p.Fatalf("the row of %q can't be clicked", key)
		}
	}
}

func js(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
