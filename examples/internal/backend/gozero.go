package backend

import (
	"fmt"

	"github.com/zeromicro/go-zero/core/service"
	"github.com/zeromicro/go-zero/core/trace"
)

// startGoZero runs start, which panics when it can't listen, and else returns
// with the process.
func startGoZero(start func()) <-chan error {
	failed := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				failed <- fmt.Errorf("%v", v)
			}
		}()
		start()
	}()
	return failed
}

// serviceConf has DevServer and telemetry off.
func serviceConf(name string) service.ServiceConf {
	return service.ServiceConf{Name: name, Mode: service.TestMode, Telemetry: trace.Config{Disabled: true}}
}
