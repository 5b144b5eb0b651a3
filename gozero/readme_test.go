package gozero_test

import (
	"github.com/zeromicro/go-zero/zrpc"

	"github.com/go-fusebox/fusebox/gozero"
)

// clientConfig is what conf.MustLoad makes of a client's YAML.
var clientConfig = zrpc.RpcClientConf{Endpoints: []string{"127.0.0.1:8081"}, NonBlock: true}

func Example_readme() {
	c := clientConfig
	c.Middlewares.Breaker = false // or so in the YAML
	client := zrpc.MustNewClient(c,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor()),
		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor()))
	defer client.Conn().Close()
	// Output:
}
