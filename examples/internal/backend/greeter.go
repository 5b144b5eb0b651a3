package backend

import (
	"context"

	"google.golang.org/grpc"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
)

// greeter is the service of all four servers.
type greeter struct {
	helloworldv1.UnimplementedGreeterServer
	server *Server
}

func (g *greeter) SayHello(ctx context.Context, req *helloworldv1.SayHelloRequest) (*helloworldv1.SayHelloResponse, error) {
	if err := g.server.Hello.reached(ctx, req.GetName(), g.server.stopping); err != nil {
		return nil, err
	}
	return &helloworldv1.SayHelloResponse{Message: "Hello " + req.GetName()}, nil
}

func (g *greeter) SayGoodbye(ctx context.Context, req *helloworldv1.SayGoodbyeRequest) (*helloworldv1.SayGoodbyeResponse, error) {
	if err := g.server.Goodbye.reached(ctx, req.GetName(), g.server.stopping); err != nil {
		return nil, err
	}
	return &helloworldv1.SayGoodbyeResponse{Message: "Goodbye " + req.GetName()}, nil
}

// StreamHellos meets its fault after the greetings, at the stream's end.
func (g *greeter) StreamHellos(req *helloworldv1.StreamHellosRequest, stream grpc.ServerStreamingServer[helloworldv1.StreamHellosResponse]) error {
	for range req.GetCount() {
		if err := stream.Send(&helloworldv1.StreamHellosResponse{Message: "Hello " + req.GetName()}); err != nil {
			return err
		}
	}
	return g.server.Stream.reached(stream.Context(), req.GetName(), g.server.stopping)
}
