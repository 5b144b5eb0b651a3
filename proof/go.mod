module github.com/go-fusebox/fusebox/proof

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/failsafe-go/failsafe-go v0.9.8
	github.com/go-fusebox/fusebox v0.1.0
	github.com/go-fusebox/fusebox/circuitfailsafe v0.1.0
)

require (
	github.com/bits-and-blooms/bitset v1.24.4 // indirect
	github.com/influxdata/tdigest v0.0.1 // indirect
)

replace (
	github.com/go-fusebox/fusebox => ../
	github.com/go-fusebox/fusebox/circuitfailsafe => ../circuitfailsafe
	github.com/go-fusebox/fusebox/circuitgrpc => ../circuitgrpc
)
