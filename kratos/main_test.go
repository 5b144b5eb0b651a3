package kratos_test

import (
	"testing"

	"go.uber.org/goleak"
)

// Kratos' config watches a file for a second more after it was closed.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/go-kratos/kratos/v2/config.(*config).watch"))
}
