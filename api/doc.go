// Package api holds the protocol definitions of the examples: package
// helloworld.v1 in helloworld/v1, with the Go code generated from it by
// `make generate`. Only the examples import it.
package api
