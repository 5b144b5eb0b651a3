// Command operated is a service whose breakers can be tuned, tried, forced and seen while
// it works: rules from a file that is watched, metrics for Prometheus, lines in the log, and a
// live page.
//
// It calls two backends, of which one fails for ten seconds in every thirty. Edit the file
// of rules while it runs.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const (
	address = "127.0.0.1:18108"
	about   = `operated: a service whose breakers are operated while it works.

It serves http://` + address + `/breakers/ and /metrics, writes a file of rules, prints
where, and applies each change of it. Ends with Ctrl-C.
`
)

//go:embed breakers.yaml
var firstRules []byte

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		dir, err := os.MkdirTemp("", "operated")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		file := filepath.Join(dir, "breakers.yaml")
		if err := os.WriteFile(file, firstRules, 0o600); err != nil {
			return err
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		s, err := start(ctx, listener, file, slog.New(slog.NewTextHandler(out, nil)), func(error) {})
		if err != nil {
			return err
		}
		defer s.stop()
		fmt.Fprintf(out, "page     http://%s/breakers/\nmetrics  http://%s/metrics\nrules    %s\n\n", address, address, file)
		s.traffic(ctx)
		return nil
	})
}
