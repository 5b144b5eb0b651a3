package main

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// list has all names that flags and files may state.
func list() string {
	var scenarios, all, limited [][2]string
	for _, t := range trials.All() {
		scenarios = append(scenarios, [2]string{t.Name, t.About})
	}
	for _, e := range engines.All() {
		all = append(all, [2]string{e.Name, e.About})
	}
	for _, e := range engines.Limited() {
		limited = append(limited, [2]string{e.Name, e.About})
	}
	return "Scenarios:\n" + columns(scenarios) + "\nEngines:\n" + columns(all) +
		"\nWith a limit on each client's calls in flight, by name only:\n" + columns(limited)
}

func columns(rows [][2]string) string {
	wide := 0
	for _, r := range rows {
		wide = max(wide, uniseg.StringWidth(r[0]))
	}
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "  %s%s  %s\n", r[0], strings.Repeat(" ", wide-uniseg.StringWidth(r[0])), r[1])
	}
	return b.String()
}
