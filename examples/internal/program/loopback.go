package program

import (
	"errors"
	"net"
	"net/http"
)

// Loopback is an authorizer for a page that listens on loopback alone. A foreign page that
// has its own name resolve to this machine is of the same origin for the browser: the name
// in the request tells.
func Loopback(r *http.Request) (who string, err error) {
	host, _, err := net.SplitHostPort(r.Host)
	if ip := net.ParseIP(host); err == nil && (ip.IsLoopback() || host == "localhost") {
		return "operator", nil
	}
	return "", errors.New("only by the address of this machine's loopback")
}
