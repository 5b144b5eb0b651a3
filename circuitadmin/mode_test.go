package circuitadmin_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// ann is an authorizer.
func ann(*http.Request) (string, error) { return "ann", nil }

// post sends a change, and returns status and body.
func post(admin http.Handler, body string, header ...string) (int, map[string]any) {
	r := httptest.NewRequest(http.MethodPost, "http://ops.internal/mode", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	admin.ServeHTTP(w, r)
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		got = map[string]any{"not JSON": w.Body.String()}
	}
	return w.Code, got
}

func TestMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var audited []circuitadmin.Change
		g := newGroup(t)
		b := g.Get("a")
		admin := newAdmin(t, one(g), circuitadmin.WithAuthorizer(ann),
			circuitadmin.WithAudit(func(c circuitadmin.Change) { audited = append(audited, c) }))
		now := time.Now()
		in := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339Nano) }
		for _, step := range []struct {
			body string
			want map[string]any
			err  error // of a call after it
		}{
			{`{"group":"orders","key":"a","mode":"force-open","for":"5m"}`,
				map[string]any{"mode": "force-open", "baseMode": "auto", "modeEnds": in(5 * time.Minute)}, circuit.ErrNotAllowed},
			{`{"group":"orders","key":"a","mode":"observe"}`,
				map[string]any{"mode": "observe", "baseMode": "auto"}, nil},
			{`{"group":"orders","key":"a","mode":"force-open","for":""}`,
				map[string]any{"mode": "force-open", "baseMode": "auto"}, circuit.ErrNotAllowed},
			{`{"group":"orders","key":"a","mode":"release"}`,
				map[string]any{"mode": "auto", "baseMode": "auto"}, nil},
		} {
			status, got := post(admin, step.body)
			if status != http.StatusOK || !reflect.DeepEqual(got, step.want) {
				t.Errorf("%s answers %d %v, want %v", step.body, status, got, step.want)
			}
			if err := b.Allow(); !errors.Is(err, step.err) {
				t.Errorf("after %s a call gets %v, want %v", step.body, err, step.err)
			}
		}
		change := func(from, to circuit.Mode, ends time.Time, release bool) circuitadmin.Change {
			return circuitadmin.Change{At: now, Who: "ann", RemoteAddr: "192.0.2.1:1234", Group: "orders", Key: "a",
				From: from, To: to, Ends: ends, Release: release}
		}
		want := []circuitadmin.Change{
			change(circuit.Auto, circuit.ForceOpen, now.Add(5*time.Minute), false),
			change(circuit.ForceOpen, circuit.Observe, time.Time{}, false),
			change(circuit.Observe, circuit.ForceOpen, time.Time{}, false),
			change(circuit.ForceOpen, circuit.Auto, time.Time{}, true),
		}
		if !reflect.DeepEqual(audited, want) {
			t.Errorf("the audit heard of\n%+v, want\n%+v", audited, want)
		}
	})
}

func TestModeEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		g.Get("a")
		admin := newAdmin(t, one(g), circuitadmin.WithAuthorizer(ann))
		s := look(admin, "/stream")
		defer s.leave()
		ends := float64(time.Now().Add(3 * time.Second).UnixMilli())
		if status, got := post(admin, `{"group":"orders","key":"a","mode":"force-open","for":"3s"}`); status != http.StatusOK {
			t.Fatal(status, got)
		}
		time.Sleep(1100 * time.Millisecond)
		if r := s.last(t).Rows[0]; r[state] != 2 || r[mode] != 2 || r[baseMode] != 0 || r[modeEnds] != ends || r[dropRatio] != 1 {
			t.Errorf("while it is forced open the row is %v", r)
		}
		time.Sleep(2 * time.Second)
		if r := s.last(t).Rows[0]; r[state] != 0 || r[mode] != 0 || r[modeEnds] != 0 || r[dropRatio] != 0 || r[since] != ends {
			t.Errorf("after that the row is %v", r)
		}
	})
}

func TestModeRefused(t *testing.T) {
	const valid = `{"group":"orders","key":"a","mode":"force-open"}`
	refuses := circuitadmin.WithAuthorizer(func(*http.Request) (string, error) { return "", errors.New("not on call") })
	allows := circuitadmin.WithAuthorizer(ann)
	for _, test := range []struct {
		name, body string
		option     circuitadmin.Option
		header     []string
		status     int
		want       map[string]any // of the answer, beside the error
		err        string         // part of it
	}{
		{"no authorizer", valid, nil, nil, 403, nil, "read-only"},
		{"the authorizer refuses", valid, refuses, nil, 403, nil, "not on call"},
		{"a form", valid, allows, []string{"Content-Type", "text/plain"}, 415, nil, "application/json"},
		{"no type", valid, allows, []string{"Content-Type", ""}, 415, nil, "application/json"},
		{"too large", `{"key":"` + strings.Repeat("x", 1<<16) + `"}`, allows, nil, 413, nil, "65536 bytes"},
		{"too large after it", valid + strings.Repeat(" ", 1<<16), allows, nil, 413, nil, "65536 bytes"},
		{"empty", "", allows, nil, 400, nil, "JSON object"},
		{"not JSON", "{", allows, nil, 400, nil, "JSON object"},
		{"two values", valid + valid, allows, nil, 400, nil, "JSON object"},
		{"mistyped field", `{"group":"orders","key":"a","mode":"force-open","fro":"5m"}`, allows, nil, 400, nil, `"fro"`},
		{"no mode", `{"group":"orders","key":"a"}`, allows, nil, 400,
			map[string]any{"field": "mode", "value": "", "want": "must be auto, observe, force-open, force-close or release"}, "mode"},
		{"unknown mode", `{"group":"orders","key":"a","mode":"open"}`, allows, nil, 400,
			map[string]any{"field": "mode", "value": "open", "want": "must be auto, observe, force-open, force-close or release"}, `mode is "open"`},
		{"negative time", `{"group":"orders","key":"a","mode":"force-open","for":"-5m"}`, allows, nil, 400,
			map[string]any{"field": "for", "value": "-5m", "want": `must be a duration above 0, such as "5m", or empty for until release`}, "-5m"},
		{"no unit", `{"group":"orders","key":"a","mode":"force-open","for":"5"}`, allows, nil, 400,
			map[string]any{"field": "for", "value": "5", "want": `must be a duration above 0, such as "5m", or empty for until release`}, "duration"},
		{"release for a time", `{"group":"orders","key":"a","mode":"release","for":"5m"}`, allows, nil, 400,
			map[string]any{"field": "for", "value": "5m", "want": "must be empty with release"}, "release"},
		{"unknown group", `{"group":"users","key":"a","mode":"force-open"}`, allows, nil, 404, nil, `"users"`},
		{"unknown key", `{"group":"orders","key":"b","mode":"force-open"}`, allows, nil, 404, nil, `"b"`},
		{"no modes", `{"group":"orders","key":"disabled","mode":"force-open"}`, allows, nil, 409, nil, "no modes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := group.New(func(string) circuit.Breaker { return newBreaker(t) },
				group.WithOverride("disabled", func(string) circuit.Breaker { return circuit.Disabled{} }))
			b := g.Get("a")
			g.Get("disabled")
			admin := newAdmin(t, one(g), test.option, circuitadmin.WithAudit(func(c circuitadmin.Change) {
				t.Errorf("the audit heard of %+v", c)
			}))
			status, got := post(admin, test.body, test.header...)
			said, _ := got["error"].(string)
			delete(got, "error")
			if len(test.want) == 0 {
				test.want = map[string]any{}
			}
			if status != test.status || !strings.Contains(said, test.err) || !reflect.DeepEqual(got, test.want) {
				t.Errorf("answers %d %q %v, want %d, %q and %v", status, said, got, test.status, test.err, test.want)
			}
			if s := b.(circuit.Reporter).Snapshot(); s.Mode != circuit.Auto {
				t.Errorf("the mode is %v", s.Mode)
			}
			if g.Len() != 2 {
				t.Errorf("the group has %d keys, want the 2 that it had", g.Len())
			}
		})
	}
}

func TestAuditThatPanics(t *testing.T) {
	g := newGroup(t)
	g.Get("a")
	admin := newAdmin(t, one(g), circuitadmin.WithAuthorizer(ann), circuitadmin.WithAudit(func(circuitadmin.Change) { panic("full disk") }))
	if status, got := post(admin, `{"group":"orders","key":"a","mode":"force-close"}`); status != http.StatusOK || got["mode"] != "force-close" {
		t.Errorf("answers %d %v, want 200: the change was made", status, got)
	}
}
