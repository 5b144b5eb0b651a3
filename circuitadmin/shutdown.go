package circuitadmin

import (
	"net/http"
	"sync"
)

// servers are those that streams came through. [http.Server.Shutdown] waits for requests
// to end, and a stream would not: each server's are ended when it begins.
type servers struct {
	mu   sync.Mutex
	down map[*http.Server]bool // true once it shuts down
}

// enter notes r's server, which is nil if r didn't come through one.
func (s *servers) enter(r *http.Request, h *hub) *http.Server {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.down[server]; known {
		return server
	}
	if s.down == nil {
		s.down = map[*http.Server]bool{}
	}
	s.down[server] = false
	server.RegisterOnShutdown(func() {
		s.mu.Lock()
		s.down[server] = true
		s.mu.Unlock()
		h.hangUpAll(server)
	})
	return server
}

// ended reports whether the server shuts down. A viewer that joined before this is asked
// is hung up on, or learns it here.
func (s *servers) ended(server *http.Server) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down[server]
}
