module github.com/go-fusebox/fusebox/kratosv3

go 1.26.0

require (
	github.com/go-fusebox/fusebox v0.1.0
	github.com/go-fusebox/fusebox/circuitgrpc v0.1.0
	github.com/go-kratos/kratos/v3 v3.0.0
	go.uber.org/goleak v1.3.0
	google.golang.org/grpc v1.81.0
	google.golang.org/protobuf v1.36.11
)

require (
	github.com/fsnotify/fsnotify v1.10.1 // indirect
	github.com/go-playground/form/v4 v4.3.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/gorilla/mux v1.8.1 // indirect
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/kr/text v0.2.0 // indirect
	golang.org/x/net v0.54.0 // indirect
	golang.org/x/sys v0.44.0 // indirect
	golang.org/x/text v0.37.0 // indirect
	google.golang.org/genproto/googleapis/api v0.0.0-20260511170946-3700d4141b60 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260511170946-3700d4141b60 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace github.com/go-fusebox/fusebox => ../

replace github.com/go-fusebox/fusebox/circuitgrpc => ../circuitgrpc
