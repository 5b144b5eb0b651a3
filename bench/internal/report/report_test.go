package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// figures are round numbers of a part of all cases.
func figures() report.Figures {
	f := report.Figures{}
	time := func(name string, ns, allocs, refused float64) {
		v := measure.FigureOf(ns*0.8, ns*0.9, ns, ns*1.1, ns*1.2)
		v.Allocs, v.Refused = allocs, refused
		f[name] = v
	}
	for i, parallel := range []string{"serial", "2", "32"} {
		by := float64(10 - 4*i)
		time("call/healthy/"+parallel+"/credit", by, 0, 0)
		time("call/healthy/"+parallel+"/sre", by+1, 0, 0)
		time("call/healthy/"+parallel+"/hystrix", by+2, 0, 0)
		time("call/healthy/"+parallel+"/aegis", 400, 2, 0)
		time("floor/"+parallel+"/arithmetic", 5/float64(i+1), 0, 0)
		time("floor/"+parallel+"/atomic add, atomic load", 4.9, 0, 0)
		time("lookup/100/"+parallel+"/fusebox group", by/2, 0, 0)
		time("lookup/100/"+parallel+"/go-zero", by*by, 0, 0)
		time("zrpc/"+parallel+"/unguarded", 1, 0, 0)
		time("zrpc/"+parallel+"/stock", 700, 6, 0)
		time("zrpc/"+parallel+"/fusebox", 30, 0, 0)
	}
	time("call/refused/serial/credit", 30, 0, 0.99972)
	time("call/refused/serial/aegis", 300, 2, 1)
	time("scale/1/fusebox group", 20, 0, 0)
	time("scale/100000/fusebox group", 120, 0, 0)
	time("scale/1/the same breakers in a plain map", 20, 0, 0)
	time("scale/100000/the same breakers in a plain map", 100, 0, 0)
	time("loopback/unguarded", 40_123, 139.01, 0)
	time("memory/bytes/credit", 401.4, 0, 0)
	time("memory/goroutines/credit", 0, 0, 0)
	for name, v := range map[string]float64{"keys": 1e6, "cap": 1e4, "full bytes": 5e6, "most bytes": 5.25e6, "most keys": 1e4} {
		time("memory/flood/"+name, v, 0, 0)
	}
	return f
}

func TestGolden(t *testing.T) {
	h := report.Header{
		Command: "bench -quick", Date: "2026-01-31", Processor: "a processor", Processors: 2, Go: "go1.26.0 linux/amd64",
		Modules: []string{"go-kratos/aegis v0.2.0"}, Took: 61400 * time.Millisecond, Rounds: 7,
	}
	var text, markdown strings.Builder
	if err := figures().Text(&text, h); err != nil {
		t.Fatal(err)
	}
	if err := figures().Markdown(&markdown, h); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"report.txt": text.String(), "report.md": markdown.String()} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is to be, by go test -update:\n%s", file, got)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.004: "0", 1.005: "1.00", 9.994: "9.99", 9.996: "10.0", 99.94: "99.9", 99.96: "100", 123.4: "123", 98765: "98765", -12.34: "-12.3",
	} {
		if got := report.Number(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}
