// Package backend is four real servers of helloworld.v1 to point clients at:
// Kratos over HTTP and gRPC, go-zero over zRPC and REST.
//
// A [Server] listens on a loopback port. Each of its methods has a switch for
// faults, and counts the calls that reached it:
//
//	s, err := backend.StartKratosGRPC("")
//	if err != nil {
//		return err
//	}
//	defer s.Stop()
//	s.Hello.Fail(codes.Unavailable)
//	// ... calls of a client of s.Addr ...
//	fmt.Println(s.Hello.Calls())
//	s.Hello.Heal()
//
// Over HTTP, SayHello is GET /hello/{name} and SayGoodbye GET /goodbye/{name}.
// No server has a breaker, load shedding or a timeout of its own, so that what a
// client sees is its own breaker at work. Starting one silences the frameworks'
// logs for the whole process.
package backend
