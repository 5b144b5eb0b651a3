package proof_test

import (
	"reflect"
	"testing"
	"unsafe"
)

// heat spreads the breaker's counters over cells, as goroutines do that fight for
// them. That is done by hand, since on a busy machine no number of calls is sure to.
func heat(t *testing.T, b subject) {
	t.Helper()
	core := reflect.ValueOf(b).Elem().Field(0).Elem().Elem().FieldByName("core").Elem()
	for _, counter := range []string{"successes", "refusals"} {
		field := core.FieldByName(counter).FieldByName("many")
		many := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr()))
		cells := reflect.New(many.MethodByName("Load").Type().Out(0).Elem())
		cells.Elem().Set(reflect.MakeSlice(cells.Elem().Type(), 16, 16))
		many.MethodByName("Store").Call([]reflect.Value{cells})
	}
}
