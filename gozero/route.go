package gozero

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/rest/pathvar"
)

// separator of method and pattern, as in go-zero's names of breakers.
const separator = "://"

func routeKey(r *http.Request) string { return r.Method + separator + pattern(r) }

// pattern is that of the route which the router found for r. It has nothing in
// it that the caller made up: each variable's value gives way to its name.
func pattern(r *http.Request) string {
	p := path.Clean(r.URL.Path) // as the router does
	vars := pathvar.Vars(r)
	if len(vars) == 0 {
		return p
	}
	names := slices.Sorted(maps.Keys(vars))
	segments := strings.Split(p, "/")
	for i, segment := range slices.Backward(segments) {
		if at := lastOf(names, vars, segment); at >= 0 {
			segments[i] = ":" + names[at]
			names = slices.Delete(names, at, at+1)
		}
	}
	return strings.Join(segments, "/")
}

// lastOf is the index of the last name whose value is the segment, or -1.
func lastOf(names []string, vars map[string]string, segment string) int {
	for i, name := range slices.Backward(names) {
		if vars[name] == segment {
			return i
		}
	}
	return -1
}
