package circuitadmin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Admin serves the breakers of some groups over HTTP. It is made by [New], and safe for
// concurrent use. It is meant to last as long as its groups and servers, which remember it.
type Admin struct {
	options
	sources []*source // by name
	routes  map[string]route
	hub     *hub
	servers servers
	look    sync.Once
}

type route struct {
	methods []string
	serve   http.HandlerFunc
}

// New makes the handler for groups, by the names that they are to have on the page. It
// returns a [circuit.FieldError] if there is none, one is nil, or a name is empty or not
// valid UTF-8.
func New(groups map[string]*group.Group, opts ...Option) (*Admin, error) {
	if err := validate(groups); err != nil {
		return nil, err
	}
	a := &Admin{options: newOptions(opts), sources: newSources(groups)}
	a.hub = newHub(a.sources)
	a.routes = map[string]route{
		"/snapshot":       {[]string{http.MethodGet, http.MethodHead}, a.serveSnapshot},
		"/stream":         {[]string{http.MethodGet}, a.serveTicks},
		"/hystrix.stream": {[]string{http.MethodGet}, a.serveHystrix},
		"/mode":           {[]string{http.MethodPost}, a.serveMode},
	}
	a.addPage()
	return a, nil
}

func validate(groups map[string]*group.Group) error {
	if len(groups) == 0 {
		return &circuit.FieldError{Package: "circuitadmin", Field: "groups", Value: "empty", Want: "must have at least one"}
	}
	for name, g := range groups {
		switch {
		case name == "" || !utf8.ValidString(name):
			return &circuit.FieldError{Package: "circuitadmin", Field: "a group's name", Value: strconv.Quote(name),
				Want: "must be valid UTF-8 and not empty"}
		case g == nil:
			return &circuit.FieldError{Package: "circuitadmin", Field: "group " + name, Value: "nil", Want: "must be a group"}
		}
	}
	return nil
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP serves the paths of the package documentation, which are relative to where
// the handler is mounted: strip the prefix.
func (a *Admin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	to, ok := a.routes["/"+strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if !slices.Contains(to.methods, r.Method) {
		header.Set("Allow", strings.Join(to.methods, ", "))
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	to.serve(w, r)
}

// looked has the breakers count what is in flight, from the first look on.
func (a *Admin) looked() {
	a.look.Do(func() {
		for _, src := range a.sources {
			src.group.Each(func(_ string, b circuit.Breaker) { // for good, as counting is
				if counter, ok := circuit.As[circuit.AdmissionCounter](b); ok {
					counter.CountAdmissions()
				}
			})
		}
	})
}
