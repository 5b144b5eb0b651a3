package migrate_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// setting is a row of a table of settings: what it is called there, its default, what it is
// called here, the default, and what to mind. In a row without a name of theirs, the
// default is a fixed value, or there is none.
type setting struct{ theirs, theirDefault, ours, ourDefault, mind string }

// compare checks a table by the values that the settings have when nobody sets them. Each of
// theirs is in the table; funcs are what ours has beside the fields of configurations.
func compare(t *testing.T, table []setting, theirs, funcs map[string]any) {
	t.Helper()
	ours := map[string]any{}
	fields(ours, "hystrix.Config", must(hystrix.New(hystrix.Config{})).Config())
	fields(ours, "hystrix.CommandConfig", hystrix.CommandConfig{})
	fields(ours, "sre.Config", must(sre.New(sre.Config{})).Config())
	var names []string
	for _, s := range table {
		names = append(names, s.theirs)
		if s.theirs != "" {
			v, ok := theirs[s.theirs]
			if !ok {
				t.Errorf("theirs has no %s", s.theirs)
			}
			says(t, s.theirs, s.theirDefault, v)
		}
		if s.ours == "" {
			continue
		}
		if v, ok := ours[s.ours]; ok {
			says(t, s.ours, s.ourDefault, v)
		} else if f, ok := funcs[s.ours]; !ok || reflect.TypeOf(f).Kind() != reflect.Func || reflect.ValueOf(f).IsNil() {
			t.Errorf("ours has no %s", s.ours)
		}
	}
	for name := range theirs {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not in the table", name)
		}
	}
}

// says wants the text for a default to begin with its value, or to be a word for zero.
func says(t *testing.T, name, text string, value any) {
	t.Helper()
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.Kind() == reflect.Func {
		return // a method, or what has no value to look at
	}
	got := fmt.Sprint(value)
	if strings.HasSuffix(got, "m0s") {
		got = strings.TrimSuffix(got, "0s")
	}
	if v.IsZero() && slices.Contains([]string{"none", "off", ""}, text) {
		return
	}
	if text != got && !strings.HasPrefix(text, got+" ") && !strings.HasPrefix(text, got+",") {
		t.Errorf("%s is %v, the table says %q", name, got, text)
	}
}

// fields adds the fields of a struct to all, as name.Field; without a name, as Field.
func fields(all map[string]any, name string, v any) {
	s := reflect.ValueOf(v)
	for _, f := range reflect.VisibleFields(s.Type()) {
		if !f.IsExported() || f.Anonymous {
			continue
		}
		full := f.Name
		if name != "" {
			full = name + "." + f.Name
		}
		all[full] = s.FieldByIndex(f.Index).Interface()
	}
}

// hidden is an unexported field of what p points to.
func hidden(p any, path ...string) any {
	v := reflect.ValueOf(p)
	for _, name := range path {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		v = v.FieldByName(name)
	}
	switch {
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		return v.Float()
	case v.Type().String() == "time.Duration":
		return time.Duration(v.Int())
	default:
		return v.Int()
	}
}
