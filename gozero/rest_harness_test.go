package gozero_test

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/rest"
)

// serveREST runs a real REST server, go-zero's default but for its breaker, and
// returns its base URL.
func serveREST(tb testing.TB, add func(s *rest.Server), change ...func(*rest.RestConf)) string {
	tb.Helper()
	addr := freeAddr(tb)
	host, port, err := net.SplitHostPort(addr)
	must(tb, err)
	var c rest.RestConf
	must(tb, conf.LoadFromJsonBytes([]byte(`{"Name": "test", "Mode": "test", "Host": "`+host+`", "Port": `+port+`,
		"CpuThreshold": 0, "DevServer": {"Enabled": false}, "Middlewares": {"Breaker": false, "Metrics": false}}`), &c))
	for _, f := range change {
		f(&c)
	}
	s, err := rest.NewServer(c)
	must(tb, err)
	add(s)
	started := make(chan *http.Server, 1)
	go s.StartWithOpts(func(svr *http.Server) { started <- svr })
	svr := <-started
	tb.Cleanup(func() { _ = svr.Close() })
	eventually(tb, "the server listens", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return "http://" + addr
}

// get returns the status of a response that it reads and closes, and its header.
func get(tb testing.TB, url string) (int, http.Header) {
	tb.Helper()
	resp, err := client.Get(url)
	must(tb, err)
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	must(tb, err)
	return resp.StatusCode, resp.Header
}

// client keeps no connection, so that none is left at the end.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// answer is a handler of the status that the query asks for.
func answer(w http.ResponseWriter, r *http.Request) {
	status, err := strconv.Atoi(r.URL.Query().Get("status"))
	if err != nil {
		status = http.StatusOK
	}
	w.WriteHeader(status)
}
