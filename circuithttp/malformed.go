package circuithttp

import (
	"net/http"
	"slices"
	"strings"
)

// malformed reports whether req is one that package net/http refuses to send, for
// which it has no error type. Header values and queries often come from users,
// who could open the breaker of a sound callee by a line break.
func malformed(req *http.Request) bool {
	if req.URL == nil || strings.ContainsFunc(req.URL.RequestURI(), isControl) {
		return true
	}
	for _, header := range []http.Header{req.Header, req.Trailer} {
		for name, values := range header {
			if name == "" || strings.ContainsFunc(name, notOfToken) || slices.ContainsFunc(values, breaksLine) {
				return true
			}
		}
	}
	return false
}

func breaksLine(value string) bool {
	return strings.ContainsFunc(value, func(r rune) bool { return r != '\t' && isControl(r) })
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// notOfToken goes by the tokens of RFC 9110, section 5.6.2.
func notOfToken(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return false
	}
	return !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
