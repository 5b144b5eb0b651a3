package gozero

import (
	"net/http"
	"strings"

	"github.com/zeromicro/go-zero/rest"
)

// MountAdmin puts the handler of package circuitadmin into a REST server, with all that is
// below path, such as "/breakers":
//
//	gozero.MountAdmin(server, "/breakers", admin)
//
// go-zero's timeout doesn't end its streams, unless the server has Verbose set: then all
// that it answers is kept and logged. As on every route, middleware added by Use applies.
func MountAdmin(server *rest.Server, path string, admin http.Handler) {
	path = strings.TrimRight(path, "/")
	below := http.StripPrefix(path, admin)
	page := func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/") { // which the router takes for the same
			http.Redirect(w, r, path+"/", http.StatusFound) // not to where the request says
			return
		}
		below.ServeHTTP(w, r)
	}
	server.AddRoutes([]rest.Route{
		{Method: http.MethodGet, Path: path + "/", Handler: page},
		{Method: http.MethodGet, Path: path + "/:file", Handler: below.ServeHTTP},
		{Method: http.MethodPost, Path: path + "/:file", Handler: below.ServeHTTP},
	}, rest.WithTimeout(noTimeout))
}

// noTimeout is for these routes alone; 0 would take the server's own away.
const noTimeout = -1
