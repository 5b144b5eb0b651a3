// Demo shows the breakers at work, in one process and in about twenty seconds.
//
// It starts four real servers on loopback: Kratos HTTP, Kratos gRPC, go-zero zRPC
// and go-zero REST. A client of each, guarded by our adapters, calls two methods
// at a steady rate; beside it a client without a breaker calls the first of them
// at the same rate. Then that method fails on every server, and recovers. The view
// follows it, and a table at the end says what the breakers were good for. Each
// figure in it has a bound; the program fails, naming it, if one is not kept.
package main
