package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-kratos/kratos/v2/config"
	"github.com/go-kratos/kratos/v2/config/file"

	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// The engines' settings are data that Kratos' config scans, durations as text.
func TestSettingsInKratosConfig(t *testing.T) {
	dir := t.TempDir()
	text := "breakers:\n  users:\n    threshold: 0.3\n    probes: 4\n    probeInterval: 500ms\n  greeter:\n    k: 1.5\n    window: 500ms\n  orders:\n    sleepWindow: 2s\n    errorPercentThreshold: 20\n"
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config.New(config.WithSource(file.NewSource(dir)))
	defer c.Close()
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	var users credit.Config
	if err := c.Value("breakers.users").Scan(&users); err != nil {
		t.Fatal(err)
	}
	if want := (credit.Config{Threshold: 0.3, Probes: 4, ProbeInterval: 500 * time.Millisecond}); users != want {
		t.Errorf("credit: got %+v, want %+v", users, want)
	}
	var greeter sre.Config
	if err := c.Value("breakers.greeter").Scan(&greeter); err != nil {
		t.Fatal(err)
	}
	if want := (sre.Config{K: 1.5, Window: 500 * time.Millisecond}); greeter != want {
		t.Errorf("sre: got %+v, want %+v", greeter, want)
	}
	var orders hystrix.Config
	if err := c.Value("breakers.orders").Scan(&orders); err != nil {
		t.Fatal(err)
	}
	if want := (hystrix.Config{SleepWindow: 2 * time.Second, ErrorPercentThreshold: 20}); orders != want {
		t.Errorf("hystrix: got %+v, want %+v", orders, want)
	}
}
