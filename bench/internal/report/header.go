package report

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Header is what figures depend on.
type Header struct {
	Command    string
	Date       string
	Processor  string // its model
	Processors int
	Go         string
	Modules    []string // with versions
	Took       time.Duration
	Rounds     int
}

// Here fills in all that the machine and the program know.
func Here() Header {
	return Header{
		Date:       time.Now().UTC().Format(time.DateOnly),
		Processor:  model(),
		Processors: runtime.GOMAXPROCS(0),
		Go:         fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH),
		Modules:    modules(),
	}
}

// Machine is what it ran on.
func (h Header) Machine() string { return fmt.Sprintf("%s, %d processors", h.Processor, h.Processors) }

func (h Header) lines() []string {
	return []string{
		fmt.Sprintf("Made by `%s`, %s, %d rounds, in %v", h.Command, h.Date, h.Rounds, h.Took.Round(time.Second)),
		fmt.Sprintf("On %s, with %s", h.Machine(), h.Go),
		"Peers: " + strings.Join(h.Modules, ", "),
	}
}

// model is that of the processor, where the system tells.
func model() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "an unknown processor"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown processor"
}

var peers = []string{
	"github.com/go-kratos/aegis", "github.com/go-kratos/kratos/v2", "github.com/zeromicro/go-zero", "github.com/sony/gobreaker/v2",
	"github.com/failsafe-go/failsafe-go", "github.com/bytedance/gopkg", "github.com/afex/hystrix-go",
}

func modules() []string {
	var all []string
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if slices.Contains(peers, m.Path) {
				all = append(all, strings.TrimPrefix(m.Path, "github.com/")+" "+m.Version)
			}
		}
	}
	return all
}
