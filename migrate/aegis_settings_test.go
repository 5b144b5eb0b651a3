package migrate_test

import (
	"testing"

	"github.com/go-kratos/aegis/circuitbreaker/sre"
)

var aegisSettings = []setting{
	{"WithSuccess", "0.6", "sre.Config.K", "2", "1 over it; in `sre.Aegis()` 1/0.6"},
	{"WithRequest", "100", "sre.Config.MinRequests", "20", "in `sre.Aegis()` 100"},
	{"WithWindow", "3s", "sre.Config.Window", "3s", ""},
	{"WithBucket", "10", "sre.Config.Buckets", "10", ""},
	{"", "refusals count", "sre.Config.CountRefusals", "false", "in `sre.Aegis()` true; Kratos' middleware marks them as failed"},
	{"", "no floor", "sre.Config.ProbeInterval", "1s", "in `sre.Aegis()` negative: off"},
	{"", "0", "sre.Config.Protection", "0", ""},
	{"", "1", "sre.Config.MaxDropRatio", "1", ""},
}

func TestAegisSettings(t *testing.T) {
	options := map[string]any{
		"WithSuccess": sre.WithSuccess, "WithRequest": sre.WithRequest, "WithWindow": sre.WithWindow, "WithBucket": sre.WithBucket,
	}
	compare(t, aegisSettings, options, nil)
	b := sre.NewBreaker()
	if k, request := hidden(b, "k"), hidden(b, "request"); k != 1/0.6 || request != int64(100) {
		t.Errorf("k %v, request %v", k, request)
	}
}
