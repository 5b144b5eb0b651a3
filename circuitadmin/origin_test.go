package circuitadmin_test

import (
	"net/http"
	"testing"

	"github.com/go-fusebox/fusebox/circuitadmin"
)

// A page of another site must not change modes through an operator's browser.
func TestOrigin(t *testing.T) {
	for _, test := range []struct {
		name   string
		header []string
		status int
	}{
		{"same origin", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://ops.internal"}, 200},
		{"no browser", nil, 200},
		{"typed by the user", []string{"Sec-Fetch-Site", "none"}, 200},
		{"other site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403},
		{"other host of the site", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://other.internal"}, 403},
		{"old browser, same origin", []string{"Origin", "http://ops.internal"}, 200},
		{"old browser, other site", []string{"Origin", "https://evil.example"}, 403},
		{"old browser, other port", []string{"Origin", "http://ops.internal:8080"}, 403},
		{"sandboxed", []string{"Origin", "null"}, 403},
		{"other site, as a form", []string{"Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain"}, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := false
			g := newGroup(t)
			g.Get("a")
			admin := newAdmin(t, one(g), circuitadmin.WithAuthorizer(func(*http.Request) (string, error) {
				asked = true
				return "ann", nil
			}))
			status, got := post(admin, `{"group":"orders","key":"a","mode":"force-open"}`, test.header...)
			if status != test.status {
				t.Errorf("answers %d %v, want %d", status, got, test.status)
			}
			if asked != (test.status == http.StatusOK) {
				t.Errorf("the authorizer was asked: %t", asked)
			}
		})
	}
}
