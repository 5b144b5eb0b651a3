package browsertest_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestForceOpenAndRelease(t *testing.T) {
	t.Parallel()
	const key = "/pay.v1.Payments/Charge"
	g := group.New(firm)
	b := g.Get(key)
	succeed(b, 5)
	changes := make(chan circuitadmin.Change, 4)
	address := site(t, map[string]*group.Group{"orders": g},
		circuitadmin.WithAuthorizer(ann),
		circuitadmin.WithAudit(func(c circuitadmin.Change) { changes <- c }))
	p := open(t, address, look{})
	p.live()
	p.clickRow(key)
	p.wait("the details", `document.querySelector("#panel-key").textContent === "`+key+`"`)

	p.click("#panel [data-mode=force-open]")
	p.wait("the question", `document.querySelector("#confirm-text").textContent.includes("for 5 minutes")`)
	p.click("#confirm-no")
	if err := b.Allow(); err != nil {
		t.Fatalf("a call is refused although the question was answered with no: %v", err)
	}
	b.MarkSuccess()

	p.click("#panel [data-mode=force-open]")
	p.click("#confirm-yes")
	p.wait("the result", `document.querySelector(".result").textContent.startsWith("Done: force open until ")`)
	if err := b.Allow(); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("a call of the breaker that is forced open: %v, want a refusal", err)
	}
	c := <-changes
	if left := time.Until(c.Ends); c.Who != "ann" || c.Group != "orders" || c.Key != key || c.To != circuit.ForceOpen ||
		left < 4*time.Minute || left > 5*time.Minute {
		t.Errorf("the audit has %+v", c)
	}
	p.wait("the mode and its end in the row", "/^forced open 4:\\d\\d$/.test("+cell(key, "mode")+")")
	p.wait("the state in the row", cell(key, "state")+` === "open"`)
	p.wait("the way back", `document.querySelector("[data-mode=release]").textContent.startsWith("Release to auto")`)
	p.wait("the chip", `document.querySelector("[data-token=forced] b").textContent === "1"`)

	p.click("#panel [data-mode=release]")
	p.wait("the release in the row", cell(key, "mode")+` === "auto"`)
	if err := b.Allow(); err != nil {
		t.Errorf("a call after the release: %v", err)
	}
	b.MarkSuccess()
	if c := <-changes; !c.Release || c.To != circuit.Auto {
		t.Errorf("the audit of the release has %+v", c)
	}
}

// What the server says against a change reaches the operator.
func TestRefusedChangeIsShown(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	b := g.Get("Charge")
	succeed(b, 1)
	p := open(t, site(t, map[string]*group.Group{"orders": g},
		circuitadmin.WithAuthorizer(func(*http.Request) (string, error) { return "", errors.New("on call only") })), look{})
	p.expectLoss = true // a browser logs a 403
	p.live()
	p.clickRow("Charge")
	p.click("#panel [data-mode=observe]")
	p.wait("the reason", `document.querySelector(".result.bad")?.textContent.includes("on call only")`)
	if mode := b.(circuit.Reporter).Snapshot().Mode; mode != circuit.Auto {
		t.Errorf("the mode is %v, want auto", mode)
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	b := g.Get("Charge")
	succeed(b, 1)
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{})
	p.expectLoss = true // the browser logs the 403 that is asked for below
	p.live()
	p.clickRow("Charge")
	p.wait("the details", `!document.querySelector("#panel").hidden`)
	p.wait("the page to say that it is read-only", `document.querySelector("#read-only").checkVisibility() && document.querySelector("#panel").innerText.includes("Read-only")`)
	if n := eval[int](p, `return document.querySelectorAll(".controls, .act").length`); n != 0 {
		t.Errorf("%d controls on a read-only page, want none", n)
	}
	if status := eval[int](p, `return (await fetch("mode", {method: "POST", headers: {"Content-Type": "application/json"},
		body: JSON.stringify({group: "orders", key: "Charge", mode: "force-open", for: ""})})).status`); status != http.StatusForbidden {
		t.Errorf("a change without an authorizer: status %d, want 403", status)
	}
	if err := b.Allow(); err != nil {
		t.Errorf("a call after it: %v", err)
	}
	b.MarkSuccess()
}
