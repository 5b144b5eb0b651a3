package browsertest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

const many = 5000

func manyKey(i int) string { return fmt.Sprintf("10.0.%d.%d:8080/svc-%04d/Call", i/250, i%250, i) }

// crowd is a group of 5,000 keys, ten of which are open.
func crowd() (*group.Group, []circuit.Breaker) {
	g := group.New(firm)
	breakers := make([]circuit.Breaker, many)
	for i := range breakers {
		breakers[i] = g.Get(manyKey(i))
	}
	for i := range 10 {
		fail(breakers[i*500], 6)
	}
	return g, breakers
}

// traffic has calls on every fifth breaker, ten times a second, until the test ends.
func traffic(t *testing.T, breakers []circuit.Breaker) {
	t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			for i := 0; i < many; i += 5 {
				succeed(breakers[i], 1+n%3)
			}
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-stopped
	})
}

// With 5,000 keys under traffic the document stays small, and the page quick. Times are of
// the main thread's processor, so that other processes on the machine don't count; the bounds
// are some five times what is measured on a machine of two cores. A page that puts every row
// into the document is far beyond them.
func TestManyKeysStayResponsive(t *testing.T) {
	t.Parallel()
	g, breakers := crowd()
	traffic(t, breakers)
	p := open(t, site(t, map[string]*group.Group{"backends": g}), look{})
	p.live()
	p.wait("all to be counted", `document.querySelector("#status").textContent.startsWith("5,000 breakers")`)
	p.wait("the open ones", `document.querySelector("[data-token=open] b").textContent === "10"`)
	p.within("to load, and to show the first message", 3*time.Second, p.busy())

	before := p.busy()
	ticks := eval[int](p, `let n = 0;
		const seen = new MutationObserver(() => n++); seen.observe(document.querySelector("#rows"), {subtree: true, childList: true, characterData: true});
		await new Promise((done) => setTimeout(done, 4000)); return n`)
	if ticks == 0 {
		t.Error("no row changed within 4 s of traffic")
	}
	p.within("for a second of traffic", 300*time.Millisecond, (p.busy()-before)/4)

	before = p.busy()
	typed := []string{"s", "sv", "svc-12", "svc-1234", "10.0.3", "call", ""}
	for _, query := range typed {
		eval[bool](p, `const q = document.querySelector("#query"); q.value = `+js(query)+`; q.dispatchEvent(new Event("input"));
			await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame); return true`)
	}
	p.within("from a keystroke to the filtered rows", 200*time.Millisecond, (p.busy()-before)/time.Duration(len(typed)))

	before = p.busy()
	eval[bool](p, `const g = document.querySelector("#grid");
		for (let i = 0; i <= 60; i++) { g.scrollTop = g.scrollHeight * i / 60; await new Promise(requestAnimationFrame); } return true`)
	p.wait("the last row", `document.querySelector('.row[aria-rowindex="5001"]')`)
	p.within("for a frame of scrolling, all rows new", 100*time.Millisecond, (p.busy()-before)/60)

	elements := eval[int](p, `return document.querySelectorAll("*").length`)
	t.Logf("%d elements in the document", elements)
	if elements > 2000 {
		t.Errorf("%d elements in the document, want at most 2,000", elements)
	}
}

// busy is how long the processor was at work for the page's main thread.
func (p *tab) busy() time.Duration {
	p.Helper()
	got, err := chromedp.Call(p.ctx, performance.GetMetrics, cdp.Empty{})
	p.must(err)
	for _, m := range got.Metrics {
		if m.Name == "TaskDuration" {
			return time.Duration(m.Value * float64(time.Second))
		}
	}
	p.Fatal("the browser doesn't tell its TaskDuration")
	return 0
}

func (p *tab) within(what string, bound, took time.Duration) {
	p.Helper()
	p.Logf("%v of the processor %s", took.Round(100*time.Microsecond), what)
	if took > bound {
		p.Errorf("%v of the processor %s, want at most %v", took, what, bound)
	}
}
