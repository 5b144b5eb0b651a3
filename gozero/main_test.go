package gozero_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/proc"
	"github.com/zeromicro/go-zero/core/stat"
	"go.uber.org/goleak"
)

// TestMain lets go-zero's servers go before it looks for leaked goroutines:
// their Start returns at the process's shutdown alone.
func TestMain(m *testing.M) {
	_ = logx.SetUp(logx.LogConf{}) // only once in a process, and it would undo Disable
	logx.Disable()
	stat.SetReporter(nil)
	code := m.Run()
	proc.Shutdown()
	if err := goleak.Find(
		goleak.IgnoreTopFunction("github.com/zeromicro/go-zero/core/proc.init.1.func1"),
		goleak.IgnoreTopFunction("github.com/zeromicro/go-zero/core/stat.init.1.func1"),
	); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
