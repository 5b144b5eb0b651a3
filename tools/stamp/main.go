// Command stamp tells whether the Go code in api/ is what its generators made of the
// .proto files, without building the generators, which takes minutes on a new machine.
// It keeps api/generated.sum: a checksum for each source, each generated file, and for
// the generators' versions. `make generate` writes it; with -check stamp changes nothing,
// and exits with 1 when something would change. It runs in tools/.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "exit with 1 if api/ was changed since it was generated, and change nothing")
	flag.Parse()
	if err := run("..", *check); err != nil {
		fmt.Fprintln(os.Stderr, "stamp:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	now, err := sums(root)
	if err != nil {
		return err
	}
	name := filepath.Join(root, "api", "generated.sum")
	if !check {
		return os.WriteFile(name, []byte(now), 0o644) //nolint:gosec // a file for everybody
	}
	was, err := os.ReadFile(name) //nolint:gosec // our own file
	if err != nil {
		return err
	}
	if string(was) != now {
		return fmt.Errorf("api/ is not as it was generated, run: make generate\n%s", difference(string(was), now))
	}
	return nil
}

// generator is a line of tools/go.mod that pins one of them.
var generator = regexp.MustCompile(`(?m)^\t(?:github\.com/bufbuild/buf|google\.golang\.org/protobuf|google\.golang\.org/grpc/cmd/protoc-gen-go-grpc) v\S+`)

// sums is a line for each file that generating reads or writes.
func sums(root string) (string, error) {
	var text strings.Builder
	api := filepath.Join(root, "api")
	err := filepath.WalkDir(api, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".proto") && !strings.HasSuffix(name, ".pb.go") && !strings.HasPrefix(name, "buf.") {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // our own file
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(api, path)
		fmt.Fprintf(&text, "%x  %s\n", sha256.Sum256(data), filepath.ToSlash(relative))
		return err
	})
	if err != nil {
		return "", err
	}
	pins, err := os.ReadFile(filepath.Join(root, "tools", "go.mod")) //nolint:gosec // our own file
	if err != nil {
		return "", err
	}
	for _, line := range generator.FindAllString(string(pins), -1) {
		fmt.Fprintln(&text, strings.TrimSpace(line))
	}
	return text.String(), nil
}

// difference is the lines that only one of the two texts has.
func difference(was, now string) string {
	var text strings.Builder
	for _, side := range []struct{ mark, has, lacks string }{{"-", was, now}, {"+", now, was}} {
		for line := range strings.Lines(side.has) {
			if !strings.Contains(side.lacks, line) {
				text.WriteString(side.mark + line)
			}
		}
	}
	return text.String()
}
