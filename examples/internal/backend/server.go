package backend

import (
	"io"
	"sync"
	"time"

	klog "github.com/go-kratos/kratos/v2/log"
	"github.com/zeromicro/go-zero/core/logx"
)

// Server is one running server. Its methods are safe for concurrent use.
type Server struct {
	// Addr is where it listens, as host and port.
	Addr string

	Hello   Method // SayHello
	Goodbye Method // SayGoodbye
	Stream  Method // StreamHellos, not over HTTP

	stopping chan struct{} // closed by the first Stop
	stopped  func()        // Stop's work, once
}

// URL is Addr as the base of HTTP requests, without a slash at its end.
func (s *Server) URL() string { return "http://" + s.Addr }

// Stop ends the server. It lets hanging calls go, gives others a second, cuts off
// what is left, and returns when no call is served any more.
func (s *Server) Stop() { s.stopped() }

// anyPort is where a server listens when it isn't told.
const anyPort = "127.0.0.1:0"

// grace is what calls in progress get when the server stops.
const grace = time.Second

func newServer(stop func()) *Server {
	quiet()
	s := &Server{stopping: make(chan struct{})}
	s.stopped = sync.OnceFunc(func() {
		close(s.stopping)
		stop()
	})
	return s
}

// quiet silences both frameworks, once: their loggers belong to the process.
var quiet = sync.OnceFunc(func() {
	logx.Disable()
	klog.SetLogger(klog.NewStdLogger(io.Discard))
})
