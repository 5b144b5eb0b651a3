package circuitprom_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Scrapes at any moment, while keys come and go and breakers open: each is whole, and
// tells of each breaker what belongs together.
func TestScrapesUnderTrafficAndEviction(t *testing.T) {
	const callers, scrapers, scrapes, limit = 8, 3, 15, 20
	g := group.New(brittle, group.WithCap(limit))
	r := registered(t, "shop", g)
	// A breaker whose mode was changed is not evicted.
	if err := g.Get("steady").(circuit.ModeSetter).SetMode(circuit.Observe); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	defer server.Close()

	var traffic, scraping sync.WaitGroup
	var done atomic.Bool
	var calls atomic.Int64
	for c := range callers {
		traffic.Go(func() {
			for i := 0; !done.Load(); i++ {
				_ = call(t.Context(), g, "steady", nil)
				_ = call(t.Context(), g, fmt.Sprint(c, "/", i%100), nil)
				if i%50 == 0 {
					_ = call(t.Context(), g, fmt.Sprint("broken ", i%3), errBackend)
				}
				calls.Add(1)
			}
		})
	}
	for range scrapers {
		scraping.Go(func() {
			before := 0.0
			for range scrapes {
				text := get(t, server.URL)
				if n := strings.Count(text, "\ncircuit_breaker_drop_ratio{"); n > limit+1 {
					t.Errorf("%d keys are shown, the cap is %d", n, limit)
				}
				families := gather(t, r)
				admitted := value(t, families["circuit_breaker_call_admitted_total"], "steady")
				finished := value(t, families["circuit_breaker_call_finished_total"], "steady", "success")
				inFlight := value(t, families["circuit_breaker_call_in_flight"], "steady")
				if admitted != finished+inFlight || inFlight > callers {
					t.Errorf("%v were admitted, %v finished, %v are in flight", admitted, finished, inFlight)
				}
				if admitted < before {
					t.Errorf("%v were admitted, %v earlier", admitted, before)
				}
				before = admitted
			}
		})
	}
	scraping.Wait()
	done.Store(true)
	traffic.Wait()
	if g.Stats().Evicted == 0 || calls.Load() == 0 {
		t.Error("nothing was evicted")
	}
}

func get(t *testing.T, url string) string {
	response, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("status %d, %v: %s", response.StatusCode, err, body)
	}
	return string(body)
}
