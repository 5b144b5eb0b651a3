package circuitadmin_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

type response struct {
	code   int
	header http.Header
	body   string
}

func do(h http.Handler, method, path string, header ...string) response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return response{w.Code, w.Header(), w.Body.String()}
}

func get(h http.Handler, path string) response { return do(h, http.MethodGet, path) }

func TestPage(t *testing.T) {
	admin := newAdmin(t, one(newGroup(t)))
	files, err := os.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
	for _, file := range files {
		path := "/" + file.Name()
		if path == "/index.html" {
			path = "/"
		}
		want, err := os.ReadFile("page/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		got := get(admin, path)
		_, extension, _ := strings.Cut(file.Name(), ".")
		if got.code != http.StatusOK || got.body != string(want) || got.header.Get("Content-Type") != kinds[extension] {
			t.Errorf("%s answers %d with %q", path, got.code, got.header)
		}
		etag := got.header.Get("ETag")
		if etag == "" || got.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s can't be kept: %q", path, got.header)
		}
		if again := do(admin, http.MethodGet, path, "If-None-Match", etag); again.code != http.StatusNotModified || again.body != "" {
			t.Errorf("%s answers %d to the ETag it gave", path, again.code)
		}
		if head := do(admin, http.MethodHead, path); head.code != http.StatusOK || head.body != "" {
			t.Errorf("%s answers %d %q to HEAD", path, head.code, head.body)
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	admin := newAdmin(t, one(newGroup(t)))
	for _, path := range []string{"/", "/snapshot", "/snapshot?state=ajar", "/nothing"} {
		got := get(admin, path).header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
		} {
			if got.Get(name) != want {
				t.Errorf("%s has %s %q, want %q", path, name, got.Get(name), want)
			}
		}
	}
}

func TestRoutes(t *testing.T) {
	for prefix, mounted := range map[string]http.Handler{
		"":          newAdmin(t, one(newGroup(t))),
		"/breakers": http.StripPrefix("/breakers", newAdmin(t, one(newGroup(t)))),
		"/a/":       http.StripPrefix("/a/", newAdmin(t, one(newGroup(t)))), // leaves no slash
	} {
		for _, test := range []struct {
			method, path string
			code         int
			allow        string
		}{
			{"GET", "/", 200, ""},
			{"POST", "/", 405, "GET, HEAD"},
			{"GET", "/snapshot", 200, ""},
			{"HEAD", "/snapshot", 200, ""},
			{"DELETE", "/snapshot", 405, "GET, HEAD"},
			{"HEAD", "/stream", 405, "GET"},
			{"POST", "/hystrix.stream", 405, "GET"},
			{"GET", "/mode", 405, "POST"},
			{"OPTIONS", "/mode", 405, "POST"},
			{"GET", "/index.html", 404, ""},
			{"GET", "/mode/", 404, ""},
			{"GET", "/page/app.js", 404, ""},
			{"GET", "/../doc.go", 404, ""},
		} {
			got := do(mounted, test.method, strings.TrimSuffix(prefix, "/")+test.path)
			if got.code != test.code || got.header.Get("Allow") != test.allow {
				t.Errorf("%s %s%s answers %d, allowing %q; want %d, %q", test.method, prefix, test.path, got.code, got.header.Get("Allow"), test.code, test.allow)
			}
		}
	}
}

func TestNewRefusesWhatCanNotBeShown(t *testing.T) {
	for want, groups := range map[string]map[string]*group.Group{
		`circuitadmin: groups is empty, must have at least one`:                     nil,
		`circuitadmin: a group's name is "", must be valid UTF-8 and not empty`:     {"": newGroup(t)},
		`circuitadmin: a group's name is "\xff", must be valid UTF-8 and not empty`: {"\xff": newGroup(t)},
		`circuitadmin: group orders is nil, must be a group`:                        {"orders": nil},
	} {
		admin, err := circuitadmin.New(groups)
		if field := (*circuit.FieldError)(nil); admin != nil || !errors.As(err, &field) || err.Error() != want {
			t.Errorf("New returns %v, want %s", err, want)
		}
	}
}

func TestNilOptionsChangeNothing(t *testing.T) {
	g := newGroup(t)
	g.Get("a")
	admin := newAdmin(t, one(g), nil, circuitadmin.WithAuthorizer(ann), circuitadmin.WithAuthorizer(nil), circuitadmin.WithAudit(nil))
	if status, got := post(admin, `{"group":"orders","key":"a","mode":"observe"}`); status != http.StatusOK {
		t.Errorf("answers %d %v", status, got)
	}
}
