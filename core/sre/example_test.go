package sre_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

func ExampleNew() {
	b, err := sre.New(sre.Config{K: 1.5, MinRequests: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = circuit.Do(context.Background(), b, func(context.Context) error {
		return errors.New("backend is down")
	})
	fmt.Println(err)

	_, err = sre.New(sre.Config{K: 0.5})
	fmt.Println(err)
	// Output:
	// backend is down
	// sre: K is 0.5, must be above 1 and at most 1000
}

// Of 100 calls 20 succeeded: with K 2, 40 requests would be in order.
func ExampleBreaker_Snapshot() {
	b, err := sre.New(sre.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range 100 {
		if i%5 == 0 {
			b.MarkSuccess()
		} else {
			b.MarkFailed()
		}
	}
	s := b.Snapshot()
	fmt.Printf("%d of %d failed: drop ratio %.3f\n", s.Window.Failures, s.Window.Failures+s.Window.Successes, s.DropRatio)
	// Output: 80 of 100 failed: drop ratio 0.594
}

func ExampleBreaker_Update() {
	b, err := sre.New(sre.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 60 {
		b.MarkSuccess()
	}
	for range 40 {
		b.MarkFailed()
	}
	fmt.Printf("K 2: drop ratio %.2f\n", b.Snapshot().DropRatio)
	if err := b.Update(sre.Config{K: 1.2}); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("K 1.2: drop ratio %.2f\n", b.Snapshot().DropRatio)
	fmt.Println(b.Update(sre.Config{MaxDropRatio: 90}))
	// Output:
	// K 2: drop ratio 0.00
	// K 1.2: drop ratio 0.28
	// sre: MaxDropRatio is 90, must be above 0 and at most 1
}

func ExampleConfig() {
	c := sre.Config{Window: 10 * time.Second} // what the file doesn't have stays
	if err := json.Unmarshal([]byte(`{"k": 1.5, "probeInterval": "500ms"}`), &c); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.K, c.Window, c.ProbeInterval)
	data, err := json.Marshal(c)
	fmt.Println(string(data), err)
	fmt.Println(json.Unmarshal([]byte(`{"windw": "5s"}`), &c))
	// Output:
	// 1.5 10s 500ms
	// {"k":1.5,"window":"10s","probeInterval":"500ms"} <nil>
	// sre: json: unknown field "windw"
}

func ExampleAegis() {
	c := sre.Aegis()
	fmt.Printf("K %.3f, %d requests, %v in %d buckets\n", c.K, c.MinRequests, c.Window, c.Buckets)
	// Output: K 1.667, 100 requests, 3s in 10 buckets
}

func ExampleGoZero() {
	c := sre.GoZero()
	c.CountRefusals = false // go-zero's numbers without its slow recovery
	fmt.Println(c.K, c.Protection, c.Window, c.Buckets)
	_, err := sre.New(c)
	fmt.Println(err)
	// Output:
	// 1.5 5 10s 40
	// <nil>
}

func ExampleBook() {
	c := sre.Book()
	fmt.Println(c.K, c.Window, c.CountRefusals)
	// Output: 2 2m0s true
}
