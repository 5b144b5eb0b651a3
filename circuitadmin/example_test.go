package circuitadmin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
)

func ExampleNew() {
	orders := group.New(guard.DefaultBreaker)
	orders.Get("GET /items")
	admin, err := circuitadmin.New(map[string]*group.Group{"orders": orders})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/breakers/", http.StripPrefix("/breakers", admin))
	server := httptest.NewServer(mux)
	defer server.Close()

	resp, err := http.Get(server.URL + "/breakers/snapshot")
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	var snapshot struct {
		Breakers []struct{ Group, Key, State string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&snapshot); err != nil {
		panic(err)
	}
	fmt.Println(snapshot.Breakers)
	// Output: [{orders GET /items closed}]
}

func ExampleWithAuthorizer() {
	orders := group.New(guard.DefaultBreaker)
	orders.Get("GET /items")
	admin, err := circuitadmin.New(map[string]*group.Group{"orders": orders},
		circuitadmin.WithAuthorizer(func(r *http.Request) (string, error) {
			user, password, _ := r.BasicAuth()
			if user != "ann" || password != "secret" { // ask whom your service asks
				return "", errors.New("not an operator")
			}
			return user, nil
		}),
		circuitadmin.WithAudit(func(c circuitadmin.Change) {
			fmt.Printf("%s: %s %s from %v to %v\n", c.Who, c.Group, c.Key, c.From, c.To)
		}))
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(admin)
	defer server.Close()

	for _, password := range []string{"guess", "secret"} {
		body := strings.NewReader(`{"group":"orders","key":"GET /items","mode":"force-open","for":"5m"}`)
		req, err := http.NewRequest(http.MethodPost, server.URL+"/mode", body)
		if err != nil {
			panic(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth("ann", password)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			panic(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, orders.Get("GET /items").Allow())
	}
	// Output:
	// 403 <nil>
	// ann: orders GET /items from auto to force-open
	// 200 credit: call not allowed
}

func ExampleAdmin_Watch() {
	orders := group.New(guard.DefaultBreaker)
	admin, err := circuitadmin.New(map[string]*group.Group{"orders": orders})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		admin.Watch(ctx) // the page has a minute of history whenever it is opened
	}()
	stop()
	<-watched
	// Output:
}
