package program_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

func TestLoopback(t *testing.T) {
	for host, let := range map[string]bool{
		"127.0.0.1:18108": true, "127.0.0.2:1": true, "[::1]:18108": true, "localhost:18108": true,
		"evil.example:18108": false, "127.0.0.1.evil.example:18108": false, "10.0.0.7:18108": false,
		"": false, "127.0.0.1": false, "localhost": false, "[::1": false, "0.0.0.0:18108": false,
	} {
		r := httptest.NewRequest(http.MethodPost, "/mode", nil)
		r.Host = host
		if who, err := program.Loopback(r); (err == nil) != let || (who != "") != let {
			t.Errorf("%q: %q, %v; want it let in: %t", host, who, err, let)
		}
	}
}
