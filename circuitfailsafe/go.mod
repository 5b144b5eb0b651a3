module github.com/go-fusebox/fusebox/circuitfailsafe

go 1.26.0

require (
	github.com/failsafe-go/failsafe-go v0.9.8
	github.com/go-fusebox/fusebox v0.1.0
	github.com/go-fusebox/fusebox/circuitgrpc v0.1.0
	go.uber.org/goleak v1.3.0
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260128011058-8636f8732409
	google.golang.org/grpc v1.80.0
	google.golang.org/protobuf v1.36.11
)

require (
	github.com/bits-and-blooms/bitset v1.24.4 // indirect
	github.com/influxdata/tdigest v0.0.1 // indirect
	golang.org/x/net v0.50.0 // indirect
	golang.org/x/sys v0.41.0 // indirect
	golang.org/x/text v0.34.0 // indirect
)

replace (
	github.com/go-fusebox/fusebox => ../
	github.com/go-fusebox/fusebox/circuitgrpc => ../circuitgrpc
)
