package circuitgrpc_test

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	reflectv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// forcedOpen is a group of which every breaker refuses every call.
func forcedOpen() *group.Group {
	return group.New(func(string) circuit.Breaker {
		b, err := hystrix.New(hystrix.Config{})
		if err != nil {
			panic(err)
		}
		if err := b.SetMode(circuit.ForceOpen); err != nil {
			panic(err)
		}
		return b
	})
}

func TestRule13HealthAndReflectionPass(t *testing.T) {
	client, server := forcedOpen(), forcedOpen()
	srv := grpc.NewServer(guarded(server)...)
	checks := health.NewServer()
	healthpb.RegisterHealthServer(srv, checks)
	reflection.Register(srv)
	cc := dial(t, listen(t, srv), guarding(client)...)

	resp, err := healthpb.NewHealthClient(cc).Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil || resp.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("Check = %v, %v", resp, err)
	}
	if _, err := healthpb.NewHealthClient(cc).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "unknown"}); err == nil {
		t.Error("Check of an unknown service has no error")
	}
	watch, err := healthpb.NewHealthClient(cc).Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []healthpb.HealthCheckResponse_ServingStatus{
		healthpb.HealthCheckResponse_SERVING, healthpb.HealthCheckResponse_NOT_SERVING,
	} {
		if resp, err := watch.Recv(); err != nil || resp.GetStatus() != want {
			t.Errorf("Watch = %v, %v, want %v", resp, err, want)
		}
		checks.Shutdown()
	}

	v1, err := reflectv1.NewServerReflectionClient(cc).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := &reflectv1.ServerReflectionRequest{MessageRequest: &reflectv1.ServerReflectionRequest_ListServices{}}
	if err := v1.Send(list); err != nil {
		t.Fatal(err)
	}
	if resp, err := v1.Recv(); err != nil || len(resp.GetListServicesResponse().GetService()) != 3 {
		t.Errorf("reflection v1 = %v, %v, want three services", resp, err)
	}
	v1alpha, err := reflectv1alpha.NewServerReflectionClient(cc).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustSend(t, v1alpha.Send(&reflectv1alpha.ServerReflectionRequest{ //nolint:staticcheck // deprecated, and in use
		MessageRequest: &reflectv1alpha.ServerReflectionRequest_ListServices{},
	}))
	//nolint:staticcheck // deprecated, and in use
	if resp, err := v1alpha.Recv(); err != nil || len(resp.GetListServicesResponse().GetService()) != 3 {
		t.Errorf("reflection v1alpha = %v, %v, want three services", resp, err)
	}
	if n := client.Len() + server.Len(); n != 0 {
		t.Errorf("%d breakers were made for calls that are not judged", n)
	}
}

// Only those two services are exempt, not all that are named alike.
func TestRule13OthersAreRefused(t *testing.T) {
	for _, method := range []string{
		"/grpc.health.v1.Healthy/Check", "/grpc.health.v2.Health/Check", "/grpc.reflections.v1.S/M", "/mine.grpc.health.v1.Health/Check",
		"grpc.health.v1.Health/Check", "/", "",
	} {
		err := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(forcedOpen()))(t.Context(), method, nil, nil, nil,
			func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil })
		if !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("%q: %v, want a refusal", method, err)
		}
	}
}

func mustSend(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("send: %v", err)
	}
}
