package main

import (
	"net/http"
	"sync/atomic"
)

// partner has hot offers, most of the time.
type partner struct {
	down  atomic.Bool
	asked atomic.Int64 // calls that reached it
}

func (p *partner) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /offer/hot", func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		if p.down.Load() {
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		}
		answer(w, offer{Kind: "hot", Text: "This year's coat, 40 % off"})
	})
	return mux
}
