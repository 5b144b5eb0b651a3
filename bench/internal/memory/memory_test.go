package memory_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/bench/internal/memory"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

func TestWeigh(t *testing.T) {
	const kilobyte = 1024
	s := subjects.Subject{New: func() (any, subjects.Loop) {
		return new([kilobyte]byte), func(int, int) int { return 0 }
	}}
	got := memory.Weigh(s, 1000)
	if got.Bytes < kilobyte || got.Bytes > kilobyte+64 || got.Goroutines != 0 {
		t.Errorf("a kilobyte weighs %+v", got)
	}
}

func TestFlood(t *testing.T) {
	c := memory.Flood(3000, 200)
	if c.Keys != 3000 || c.Cap != 200 || c.MostKeys != 200 {
		t.Errorf("got %+v, want at most and at last 200 keys of 3000", c)
	}
	if c.Full < 200*100 || c.Most < c.Full/2 || c.Most > 3*c.Full {
		t.Errorf("got %+v, want hundreds of bytes a breaker, and not many times as much later", c)
	}
}
