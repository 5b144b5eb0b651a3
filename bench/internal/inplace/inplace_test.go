package inplace_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/bench/internal/inplace"
)

// Every guard lets healthy calls pass, the real ones as well.
func TestGuardsAdmitAll(t *testing.T) {
	loopback, err := inplace.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer loopback.Close()
	var overTCP []string
	for _, c := range slices.Concat(inplace.KratosCases(), inplace.ZRPCCases(loopback.Conn), loopback.Cases()) {
		if refused := c.Make().Loop(50); refused != 0 {
			t.Errorf("%s refused %d of 50", c.Name, refused)
		}
		if name, ok := strings.CutPrefix(c.Name, "loopback/"); ok {
			overTCP = append(overTCP, name)
		}
	}
	if !slices.Equal(overTCP, inplace.LoopbackNames) {
		t.Errorf("real calls are %q, want %q", overTCP, inplace.LoopbackNames)
	}
}

func TestLoopbackFailsWithItsServer(t *testing.T) {
	loopback, err := inplace.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	loopback.Close()
	if failed := loopback.Cases()[0].Make().Loop(3); failed != 3 {
		t.Errorf("%d of 3 calls failed, want all", failed)
	}
}
