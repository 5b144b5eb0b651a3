module github.com/go-fusebox/fusebox/circuitfile

go 1.26.0

require (
	github.com/fsnotify/fsnotify v1.10.1
	github.com/go-fusebox/fusebox v0.1.0
	github.com/goccy/go-yaml v1.19.2
	go.uber.org/goleak v1.3.0
)

require golang.org/x/sys v0.13.0 // indirect

replace github.com/go-fusebox/fusebox => ../
