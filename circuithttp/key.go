package circuithttp

import (
	"net/http"
	"strings"
)

// ClientKey is the default key of a client's call, see [WithKey]: method and host.
func ClientKey(r *http.Request) string {
	if r.URL == nil {
		return verb(r.Method)
	}
	host := r.URL.Host
	switch r.URL.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return verb(r.Method) + " " + strings.ToLower(host)
}

// serverKey is the pattern that matched r, or that mux, which may be nil, is
// going to match.
func serverKey(mux *http.ServeMux, r *http.Request) string {
	if mux != nil {
		if _, pattern := mux.Handler(r); pattern != "" {
			return pattern
		}
	}
	if r.Pattern != "" {
		return r.Pattern
	}
	return verb(r.Method)
}

// verb bounds the number of methods, which a server's clients may make up.
func verb(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method
	case "":
		return http.MethodGet
	}
	return "(other)"
}
