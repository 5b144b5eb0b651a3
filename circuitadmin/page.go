package circuitadmin

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"time"
)

//go:embed page
var pages embed.FS

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

// addPage routes to the files of the page: to index.html at the root, to others by name.
func (a *Admin) addPage() {
	files, err := pages.ReadDir("page")
	if err != nil {
		panic("circuitadmin: the page is not embedded: " + err.Error())
	}
	for _, file := range files {
		at := "/" + file.Name()
		if at == "/index.html" {
			at = "/"
		}
		a.routes[at] = route{[]string{http.MethodGet, http.MethodHead}, serveFile(file.Name())}
	}
}

// serveFile serves a file of the page. Its ETag is a hash of it: browsers ask each time,
// and load a file again only when the program has another one.
func serveFile(name string) http.HandlerFunc {
	file, err := pages.ReadFile("page/" + name)
	if err != nil {
		panic("circuitadmin: the page is not embedded: " + err.Error())
	}
	sum := sha256.Sum256(file)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Type", contentTypes[path.Ext(name)])
		header.Set("Cache-Control", "no-cache")
		header.Set("ETag", etag)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(file))
	}
}
