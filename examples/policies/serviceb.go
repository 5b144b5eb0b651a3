package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
)

// slowly is how long B takes for GET /slow.
const slowly = 2 * time.Second

// serviceB is the one with faults: GET /slow takes its time, and every second GET /busy
// at random is answered by 503.
type serviceB struct {
	retryAfter func() string // the header's value

	mu    sync.Mutex
	coin  *rand.Rand
	calls int
}

// reset starts counting anew, and the same series of faults.
func (b *serviceB) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.coin, b.calls = newCoin(), 0
}

func newCoin() *rand.Rand { return rand.New(rand.NewPCG(6, 18)) }

func heads(coin *rand.Rand) bool { return coin.IntN(2) == 0 }

// call counts one, and tells whether it is to fail.
func (b *serviceB) call() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	return heads(b.coin)
}

// reached is the number of calls since reset.
func (b *serviceB) reached() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

func (b *serviceB) handler() http.Handler {
	r := chi.NewRouter()
	r.Get("/slow", func(w http.ResponseWriter, r *http.Request) {
		b.call()
		select {
		case <-time.After(slowly):
			fmt.Fprint(w, "hello from B")
		case <-r.Context().Done(): // nobody waits any more
		}
	})
	r.Get("/busy", func(w http.ResponseWriter, _ *http.Request) {
		if b.call() {
			w.Header().Set("Retry-After", b.retryAfter())
			http.Error(w, "B is busy", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "hello from B")
	})
	return r
}
