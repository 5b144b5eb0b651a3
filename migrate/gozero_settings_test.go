package migrate_test

import (
	"testing"

	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/zrpc"

	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/gozero"
)

var goZeroSettings = []setting{
	{"zrpc.RpcClientConf.Middlewares.Breaker", "true", "gozero.UnaryClientInterceptor", "", "false: theirs is off, ours is the interceptor"},
	{"zrpc.RpcServerConf.Middlewares.Breaker", "true", "gozero.UnaryServerInterceptor", "", ""},
	{"rest.RestConf.Middlewares.Breaker", "true", "gozero.Middleware", "", ""},
	{"", "K 1.5, falls to 1.1", "sre.Config.K", "2", "in `sre.GoZero()` 1.5"},
	{"", "10 s", "sre.Config.Window", "3s", "in `sre.GoZero()` 10 s"},
	{"", "40", "sre.Config.Buckets", "10", "in `sre.GoZero()` 40"},
	{"", "5 forgiven", "sre.Config.Protection", "0", "in `sre.GoZero()` 5"},
	{"", "a pass after 1 s", "sre.Config.ProbeInterval", "1s", ""},
	{"", "refusals count", "sre.Config.CountRefusals", "false", "in `sre.GoZero()` true"},
}

func TestGoZeroSettings(t *testing.T) {
	c := read[zrpc.RpcClientConf](t, `{"Endpoints": ["127.0.0.1:1"]}`)
	s := read[zrpc.RpcServerConf](t, `{"Name": "test", "ListenOn": "127.0.0.1:1"}`)
	r := read[rest.RestConf](t, `{"Name": "test", "Port": 1}`)
	compare(t, goZeroSettings, map[string]any{
		"zrpc.RpcClientConf.Middlewares.Breaker": c.Middlewares.Breaker,
		"zrpc.RpcServerConf.Middlewares.Breaker": s.Middlewares.Breaker,
		"rest.RestConf.Middlewares.Breaker":      r.Middlewares.Breaker,
	}, map[string]any{
		"gozero.UnaryClientInterceptor": gozero.UnaryClientInterceptor,
		"gozero.UnaryServerInterceptor": gozero.UnaryServerInterceptor,
		"gozero.Middleware":             gozero.Middleware,
	})
	g := sre.GoZero()
	if g.K != 1.5 || g.Window.String() != "10s" || g.Buckets != 40 || g.Protection != 5 || !g.CountRefusals || g.ProbeInterval.String() != "1s" {
		t.Errorf("%+v", g)
	}
	// What is fixed in go-zero.
	b := goZeroTheirs{}.NewBreaker()
	breaker := []string{"throttle", "internalThrottle"}
	if k := hidden(b, append(breaker, "k")...); k != g.K {
		t.Errorf("k %v", k)
	}
	if n := hidden(b, append(breaker, "stat", "size")...); n != int64(g.Buckets) {
		t.Errorf("%v buckets", n)
	}
	if d := hidden(b, append(breaker, "stat", "interval")...); d != g.Window/40 {
		t.Errorf("buckets of %v", d)
	}
}
