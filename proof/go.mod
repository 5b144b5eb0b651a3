module github.com/go-fusebox/fusebox/proof

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/go-fusebox/fusebox v0.1.0
)

replace github.com/go-fusebox/fusebox => ../
