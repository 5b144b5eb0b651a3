package migrate_test

import (
	"testing"

	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"

	"github.com/go-fusebox/fusebox/kratos"
)

var kratosSettings = []setting{
	{"WithCircuitBreaker", "aegis' sre", "kratos.WithBreaker", "core/credit", "the factory gets the operation"},
	{"WithGroup", "none", "kratos.WithGroup", "", "theirs is an internal type, which nobody else can make"},
	{"", "500, 503, 504", "kratos.WithClassifier", "429, 5xx but 501", "`kratos.KratosCodes` is theirs"},
	{"", "operation", "kratos.WithKey", "operation", ""},
	{"", "", "kratos.WithFallback", "none", ""},
	{"", "", "kratos.WithObserver", "none", "hears of each change of state"},
}

func TestKratosSettings(t *testing.T) {
	compare(t, kratosSettings, map[string]any{
		"WithCircuitBreaker": circuitbreaker.WithCircuitBreaker, "WithGroup": circuitbreaker.WithGroup,
	}, map[string]any{
		"kratos.WithBreaker": kratos.WithBreaker, "kratos.WithGroup": kratos.WithGroup, "kratos.WithKey": kratos.WithKey,
		"kratos.WithClassifier": kratos.WithClassifier, "kratos.WithFallback": kratos.WithFallback, "kratos.WithObserver": kratos.WithObserver,
	})
}
