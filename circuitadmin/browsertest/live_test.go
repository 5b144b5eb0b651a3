package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestStateChangesAppear(t *testing.T) {
	t.Parallel()
	g := group.New(quick)
	failing, healthy := "/pay.v1.Payments/Charge", "/pay.v1.Payments/Refund"
	b := g.Get(failing)
	succeed(g.Get(healthy), 3)
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{})
	p.live()
	p.wait("a closed row", cell(failing, "state")+` === "closed"`)

	fail(b, 10)
	p.wait("the row to be open", cell(failing, "state")+` === "open"`)
	p.wait("the chip to count it", `document.querySelector("[data-token=open] b").textContent === "1"`)
	p.wait("the failures", cell(failing, "failed")+` === "100 %"`)
	p.wait("the refusals", cell(failing, "refused")+` !== "0"`)
	if got := p.keys(); len(got) != 2 || got[0] != failing {
		t.Errorf("the rows are %q, want the open one first", got)
	}
	p.wait("the title to tell", `document.title === "(1 open) Fusebox"`)
	p.wait("a screen reader to be told", `document.querySelector("#live").textContent.includes("`+failing+` is open")`)

	probe := waitAcquire(t, b)
	p.wait("the row to be half-open", cell(failing, "state")+` === "half-open"`)
	p.wait("the probe in flight", cell(failing, "flight")+` === "1"`)
	probe.Success()
	p.wait("the row to be closed again", cell(failing, "state")+` === "closed"`)
	p.wait("the title without it", `document.title === "Fusebox"`)
	p.wait("nothing in flight", cell(failing, "flight")+` === "0"`)
}

// waitAcquire takes the probe once the sleep window is over.
func waitAcquire(t *testing.T, b circuit.Breaker) circuit.Permit {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if permit, err := circuit.Acquire(b); err == nil {
			return permit
		}
	}
	t.Fatal("no probe was admitted")
	return circuit.Permit{}
}

func TestBreakersComeAndGo(t *testing.T) {
	t.Parallel()
	g := group.New(quick)
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{})
	p.wait("the empty page to say so", `document.querySelector("#empty").innerText.includes("No breakers yet")`)
	succeed(g.Get("first"), 1)
	succeed(g.Get("second"), 1)
	p.wait("two rows", row("first")+" && "+row("second"))
	g.Remove("first")
	p.wait("one of them gone", "!"+row("first"))
	if got := p.keys(); strings.Join(got, " ") != "second" {
		t.Errorf("the rows are %q, want the one that stays", got)
	}
}

func TestGroupsAreTold(t *testing.T) {
	t.Parallel()
	orders, users := group.New(quick), group.New(quick)
	succeed(orders.Get("Get"), 1)
	succeed(users.Get("Get"), 1)
	p := open(t, site(t, map[string]*group.Group{"orders": orders, "users": users})+"#group=users", look{})
	p.live()
	p.wait("the chosen group alone", `document.querySelector("#status").textContent.startsWith("1 breaker ")`)
	p.wait("its name", cell("Get", "group")+` === "users"`)
	eval[bool](p, `const s = document.querySelector("#group"); s.value = ""; s.dispatchEvent(new Event("change")); return true`)
	p.wait("both groups", `document.querySelector("#status").textContent.startsWith("2 breakers")`)
	p.wait("an address without the group", `location.hash === ""`)
}
