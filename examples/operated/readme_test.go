package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/circuitfile"
	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/circuitslog"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/core/rules"
)

func Example_readme() {
	ctx, mux := context.Background(), http.NewServeMux()

	breakers := group.New(guard.DefaultBreaker)
	client := &http.Client{Transport: circuithttp.NewTransport(nil, // or any other adapter
		circuithttp.WithGroup(breakers))}

	// Rules, reloaded when the file changes.
	err := circuitfile.Watch(ctx, "breakers.yaml", breakers, func(changes rules.Changes, err error) {
		slog.Info("rules of breakers", "changes", changes, "error", err) // with an error the last good ones stay
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	circuitslog.Follow(breakers, slog.Default())                            // the log
	prometheus.MustRegister(circuitprom.NewCollector("backends", breakers)) // metrics
	admin, err := circuitadmin.New(map[string]*group.Group{"backends": breakers})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux.Handle("/breakers/", http.StripPrefix("/breakers", admin)) // the page
	work(mux, client)
}

func work(*http.ServeMux, *http.Client) {}
