package backend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
)

// client calls one method and returns the greeting, or the code or status that
// came in its place, as text.
type client func(ctx context.Context, method, name string) string

type server struct {
	name   string
	start  func(addr string) (*backend.Server, error)
	client func(t *testing.T, s *backend.Server) client
	failed func(code codes.Code, status int) string
}

var servers = []server{
	{"Kratos HTTP", func(addr string) (*backend.Server, error) { return backend.StartKratosHTTP(addr) }, overHTTP, statusText},
	{"Kratos gRPC", func(addr string) (*backend.Server, error) { return backend.StartKratosGRPC(addr) }, overGRPC, codeText},
	{"zRPC", func(addr string) (*backend.Server, error) { return backend.StartZRPC(addr, nil) }, overGRPC, codeText},
	{"REST", func(addr string) (*backend.Server, error) { return backend.StartREST(addr, nil) }, overHTTP, statusText},
}

func statusText(_ codes.Code, status int) string { return fmt.Sprintf("HTTP %d", status) }
func codeText(code codes.Code, _ int) string     { return "gRPC " + code.String() }

func forEach(t *testing.T, f func(*testing.T, server)) {
	t.Helper()
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) { f(t, s) })
	}
}

func overHTTP(t *testing.T, s *backend.Server) client {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(c.CloseIdleConnections)
	paths := map[string]string{"SayHello": "/hello/", "SayGoodbye": "/goodbye/"}
	return func(ctx context.Context, method, name string) string {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+paths[method]+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if ctx.Err() != nil {
			return "HTTP 0"
		}
		if err != nil {
			return err.Error()
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Sprintf("HTTP %d", resp.StatusCode)
		}
		var answer struct{ Message string }
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatalf("%v in %q", err, body)
		}
		return answer.Message
	}
}

func overGRPC(t *testing.T, s *backend.Server) client {
	t.Helper()
	conn, err := grpc.NewClient(s.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	g := helloworldv1.NewGreeterClient(conn)
	return func(ctx context.Context, method, name string) string {
		var resp interface{ GetMessage() string }
		var err error
		if method == "SayHello" {
			resp, err = g.SayHello(ctx, &helloworldv1.SayHelloRequest{Name: name})
		} else {
			resp, err = g.SayGoodbye(ctx, &helloworldv1.SayGoodbyeRequest{Name: name})
		}
		if err != nil {
			return "gRPC " + status.Code(err).String()
		}
		return resp.GetMessage()
	}
}

func started(t *testing.T, s server) *backend.Server {
	t.Helper()
	b, err := s.start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	return b
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestFaultsOfOneMethodLeaveTheOtherAlone(t *testing.T) {
	forEach(t, func(t *testing.T, s server) {
		b := started(t, s)
		call := s.client(t, b)
		ctx := t.Context()

		expect(t, "healthy", call(ctx, "SayHello", "ann"), "Hello ann")
		b.Hello.Fail(codes.ResourceExhausted)
		expect(t, "failing", call(ctx, "SayHello", "ann"), s.failed(codes.ResourceExhausted, 429))
		b.Hello.FailHTTP(500)
		expect(t, "failing", call(ctx, "SayHello", "bob"), s.failed(codes.Internal, 500))
		expect(t, "other method", call(ctx, "SayGoodbye", "ann"), "Goodbye ann")
		b.Hello.Heal()
		expect(t, "healed", call(ctx, "SayHello", "ann"), "Hello ann")

		if got, ann, bye := b.Hello.Calls(), b.Hello.CallsBy("ann"), b.Goodbye.Calls(); got != 4 || ann != 3 || bye != 1 {
			t.Errorf("reached: %d SayHello, %d of them by ann, %d SayGoodbye; want 4, 3, 1", got, ann, bye)
		}
	})
}

func TestHangingCallEndsWhenItsCallerLeaves(t *testing.T) {
	forEach(t, func(t *testing.T, s server) {
		b := started(t, s)
		call := s.client(t, b)
		b.Hello.Hang()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		expect(t, "hanging", call(ctx, "SayHello", "ann"), s.failed(codes.DeadlineExceeded, 0))
		if b.Hello.Calls() != 1 {
			t.Errorf("%d calls reached it, want 1", b.Hello.Calls())
		}
	})
}

func TestStopLetsHangingCallsGoAndAnswersNoMore(t *testing.T) {
	forEach(t, func(t *testing.T, s server) {
		b := started(t, s)
		call := s.client(t, b)
		b.Hello.Hang()
		answer := make(chan string, 1)
		go func() { answer <- call(t.Context(), "SayHello", "ann") }()
		for deadline := time.Now().Add(5 * time.Second); b.Hello.Calls() == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the call does not reach the server")
			}
		}
		b.Stop()
		b.Stop() // a second one does nothing
		expect(t, "hanging", <-answer, s.failed(codes.Unavailable, 503))
		if _, err := net.Dial("tcp", b.Addr); err == nil {
			t.Error("still listens after Stop")
		}
	})
}

func TestPortInUseIsAnError(t *testing.T) {
	forEach(t, func(t *testing.T, s server) {
		b := started(t, s)
		if second, err := s.start(b.Addr); err == nil {
			second.Stop()
			t.Fatalf("two servers on %s", b.Addr)
		}
	})
}

func TestGivenPortIsUsed(t *testing.T) {
	forEach(t, func(t *testing.T, s server) {
		b := started(t, s)
		addr := b.Addr
		b.Stop()
		again, err := s.start(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Stop()
		expect(t, "address", again.Addr, addr)
		expect(t, "answer", s.client(t, again)(t.Context(), "SayHello", "ann"), "Hello ann")
	})
}

func TestStreamFailsAtItsEnd(t *testing.T) {
	for _, s := range servers[1:3] {
		t.Run(s.name, func(t *testing.T) {
			b := started(t, s)
			conn, err := grpc.NewClient(b.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			b.Stream.Fail(codes.DataLoss)
			stream, err := helloworldv1.NewGreeterClient(conn).StreamHellos(t.Context(),
				&helloworldv1.StreamHellosRequest{Name: "ann", Count: 3})
			if err != nil {
				t.Fatal(err)
			}
			greetings := 0
			for err == nil {
				if _, err = stream.Recv(); err == nil {
					greetings++
				}
			}
			if greetings != 3 || status.Code(err) != codes.DataLoss || b.Stream.Calls() != 1 {
				t.Errorf("%d greetings, then %v; %d calls", greetings, err, b.Stream.Calls())
			}
		})
	}
}
