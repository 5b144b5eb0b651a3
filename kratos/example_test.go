package kratos_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/transport"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/kratos"
)

// afterTwo makes breakers that open at the second failure in a row.
func afterTwo(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 2})
	if err != nil {
		panic(err)
	}
	return b
}

// down is a backend that answers every request with 503.
func down() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
}

func ExampleClient() {
	backend := down()
	defer backend.Close()
	client, err := khttp.NewClient(context.Background(),
		khttp.WithEndpoint(backend.Listener.Addr().String()),
		khttp.WithMiddleware(kratos.Client(kratos.WithBreaker(afterTwo))))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	for range 3 {
		err := client.Invoke(context.Background(), http.MethodGet, "/hello/gopher", nil, nil,
			khttp.Operation("/helloworld.Greeter/SayHello"))
		_, known := circuit.RetryAfter(err)
		fmt.Println(errors.Code(err), errors.Reason(err), errors.Is(err, circuit.ErrNotAllowed), known)
	}
	// Output:
	// 503  false false
	// 503  false false
	// 503 CIRCUITBREAKER true true
}

func ExampleServer() {
	srv := khttp.NewServer(khttp.Middleware(kratos.Server(kratos.WithBreaker(afterTwo))))
	srv.Route("/").GET("/hello/{name}", func(c khttp.Context) error {
		khttp.SetOperation(c, "/helloworld.Greeter/SayHello")
		_, err := c.Middleware(func(context.Context, any) (any, error) {
			return nil, errors.InternalServer("DATABASE", "the database is down")
		})(c, nil)
		return err
	})

	for range 3 {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hello/gopher", nil))
		fmt.Println(w.Code, w.Header().Get("Retry-After") != "")
	}
	// Output:
	// 500 false
	// 500 false
	// 503 true
}

// A client's calls and streams under the same breakers.
func ExampleStreamClientInterceptor() {
	breakers := group.New(guard.DefaultBreaker)
	conn, err := kgrpc.DialInsecure(context.Background(),
		kgrpc.WithEndpoint("127.0.0.1:9000"),
		kgrpc.WithMiddleware(kratos.Client(kratos.WithGroup(breakers))),
		kgrpc.WithStreamInterceptor(kratos.StreamClientInterceptor(kratos.WithGroup(breakers))))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	// Output:
}

func ExampleStreamServerInterceptor() {
	breakers := group.New(guard.DefaultBreaker)
	srv := kgrpc.NewServer(
		kgrpc.Address("127.0.0.1:0"),
		kgrpc.Middleware(kratos.Server(kratos.WithGroup(breakers))),
		kgrpc.StreamInterceptor(kratos.StreamServerInterceptor(kratos.WithGroup(breakers))))
	defer srv.Server.Stop()
	// Output:
}

// One breaker for each node, beside one for each operation.
func ExampleNodes() {
	healthy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`"hello"`))
	}))
	defer healthy.Close()
	failing := down()
	defer failing.Close()

	nodes := kratos.NewNodes(kratos.WithBreaker(afterTwo))
	client, err := khttp.NewClient(context.Background(),
		khttp.WithEndpoint("discovery:///greeter"),
		khttp.WithDiscovery(register("http", healthy.Listener.Addr().String(), failing.Listener.Addr().String())),
		khttp.WithBlock(),
		khttp.WithMiddleware(kratos.Client(), nodes.Client()),
		khttp.WithNodeFilter(nodes.Filter()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	failures := 0
	for range 20 {
		var reply string
		err := client.Invoke(context.Background(), http.MethodGet, "/hello/gopher", nil, &reply,
			khttp.Operation("/helloworld.Greeter/SayHello"))
		if err != nil {
			failures++
		}
	}
	fmt.Println(failures, "of 20 calls failed")
	// Output: 2 of 20 calls failed
}

func ExampleWithBreaker() {
	kratos.Client(kratos.WithBreaker(func(operation string) circuit.Breaker {
		if operation == "/helloworld.Greeter/Ping" {
			return circuit.Disabled{}
		}
		b, err := hystrix.New(hystrix.Config{SleepWindow: 3 * time.Second})
		if err != nil {
			panic(err)
		}
		return b
	}))
	// Output:
}

// The codes that Kratos' own middleware counts: 429 is none of them.
func ExampleWithClassifier() {
	fmt.Println(kratos.KratosCodes(context.Background(), errors.New(429, "BUSY", "")))
	fmt.Println(kratos.DefaultClassifier(context.Background(), errors.New(429, "BUSY", "")))
	kratos.Client(kratos.WithClassifier(kratos.KratosCodes))
	kratos.Client(kratos.WithClassifier(kratos.Codes(503, 504)))
	// Output:
	// success
	// overload
}

// One middleware for several clients keeps their backends apart.
func ExampleWithKey() {
	kratos.Client(kratos.WithKey(kratos.ByEndpointOperation))
	kratos.Client(kratos.WithKey(func(_ context.Context, tr transport.Transporter) string {
		return tr.Operation() + " " + tr.RequestHeader().Get("x-tenant")
	}))
	// Output:
}

// A server answers from its cache while its database is down.
func ExampleWithFallback() {
	cached := map[any]any{"gopher": "hello gopher, some time ago"}
	handler := kratos.Server(kratos.WithFallback(func(_ context.Context, req any, err error) (any, error) {
		if reply, ok := cached[req]; ok {
			return reply, nil
		}
		return nil, err
	}))(func(context.Context, any) (any, error) {
		return nil, errors.InternalServer("DATABASE", "the database is down")
	})
	fmt.Println(handler(context.Background(), "gopher"))
	// Output: hello gopher, some time ago <nil>
}

func ExampleWithObserver() {
	handler := kratos.Client(kratos.WithBreaker(afterTwo), kratos.WithObserver(func(e circuit.Event) {
		fmt.Println(e.Key, "went from", e.From, "to", e.To, "by", e.Reason)
	}))(func(context.Context, any) (any, error) { return nil, errors.InternalServer("DATABASE", "") })
	for range 2 {
		_, _ = handler(calling(context.Background(), "/helloworld.Greeter/SayHello"), nil)
	}
	// Output: /helloworld.Greeter/SayHello went from closed to open by consecutive failures
}
