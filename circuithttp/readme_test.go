package circuithttp_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// The README shows this.
func Example_readme() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello, ", r.PathValue("name"))
	})
	server := httptest.NewServer(circuithttp.Handler(mux)) // one breaker per pattern
	defer server.Close()

	client := &http.Client{Transport: circuithttp.NewTransport(nil)} // one per method and host
	resp, err := client.Get(server.URL + "/hello/gopher")
	if errors.Is(err, circuit.ErrNotAllowed) {
		fmt.Println("refused, nothing was sent")
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}
