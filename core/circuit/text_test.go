package circuit_test

import (
	"encoding"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// enum is what State, Mode and Outcome have in common.
type enum interface {
	~uint8
	fmt.Stringer
	encoding.TextMarshaler
}

func testText[T enum, P interface {
	*T
	encoding.TextUnmarshaler
}](t *testing.T, typ string, names ...string) {
	t.Run(typ, func(t *testing.T) {
		for i, want := range names {
			v := T(i)
			text, err := v.MarshalText()
			if err != nil || string(text) != want || v.String() != want {
				t.Errorf("%s(%d) is %q, and %q with %v, want %q", typ, i, v.String(), text, err, want)
			}
			back := T(200)
			if err := P(&back).UnmarshalText(text); err != nil || back != v {
				t.Errorf("%q reads as %v, %v, want %v", text, back, err, v)
			}
		}

		for _, unknown := range []T{T(len(names)), T(255)} {
			if want := fmt.Sprintf("%s(%d)", typ, uint8(unknown)); unknown.String() != want {
				t.Errorf("an unknown value is %q, want %q", unknown, want)
			}
			text, err := unknown.MarshalText()
			want := fmt.Sprintf("circuit: %s is %d, must be at most %d", typ, uint8(unknown), len(names)-1)
			if err == nil || err.Error() != want || text != nil {
				t.Errorf("an unknown value marshals to %q, %v, want the error %q", text, err, want)
			}
		}

		for _, text := range []string{"", " ", "0", strings.ToUpper(names[0]), names[0] + " ", names[0][1:]} {
			v := T(1)
			err := P(&v).UnmarshalText([]byte(text))
			if want := fmt.Sprintf("circuit: %s is %q, must be one of %q", typ, text, names); err == nil || err.Error() != want {
				t.Errorf("%q reads with %v, want the error %q", text, err, want)
			}
			if v != T(1) {
				t.Errorf("%q, which is no %s, changed the value to %v", text, typ, v)
			}
		}
	})
}

func TestTextOfEnums(t *testing.T) {
	testText[circuit.State](t, "State", "closed", "half-open", "open")
	testText[circuit.Mode](t, "Mode", "auto", "observe", "force-open", "force-close")
	testText[circuit.Outcome](t, "Outcome", "success", "failure", "ignored", "overload")
	testText[circuit.Kind](t, "Kind", "plain", "timeout", "bad request", "interrupt", "concurrency reject", "short circuit")
}

// Dashboards read this JSON; a field that changes its name breaks them silently.
func TestSnapshotAndEventInJSON(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	event := circuit.Event{
		Key: "/greet", From: circuit.Closed, To: circuit.Open, Reason: "error percentage", At: at,
		Before: circuit.Snapshot{
			Engine: "sre", State: circuit.HalfOpen, Since: at,
			Mode: circuit.Observe, BaseMode: circuit.ForceOpen, ModeEnds: at,
			Entered: circuit.Entries{Closed: 7, HalfOpen: 8, Open: 9}, Admitted: 10, InFlight: 11, EventsDropped: 12,
			Window:    circuit.Counts{Successes: 1, Failures: 2, Ignored: 3, Refused: 4, WouldRefuse: 5},
			Total:     circuit.Counts{Failures: 2, Overloads: 1},
			DropRatio: 0.25, Probes: 6, RetryAfter: time.Second,
		},
	}
	got, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"key":"/greet","from":"closed","to":"open","reason":"error percentage","at":"2026-01-02T03:04:05Z",` +
		`"before":{"engine":"sre","state":"half-open","since":"2026-01-02T03:04:05Z",` +
		`"mode":"observe","baseMode":"force-open","modeEnds":"2026-01-02T03:04:05Z",` +
		`"window":{"successes":1,"failures":2,"ignored":3,"refused":4,"wouldRefuse":5},` +
		`"total":{"successes":0,"failures":2,"ignored":0,"refused":0,"overloads":1,"wouldRefuse":0},` +
		`"entered":{"closed":7,"halfOpen":8,"open":9},"admitted":10,"inFlight":11,` +
		`"dropRatio":0.25,"probes":6,"retryAfter":1000000000,"eventsDropped":12}}`
	if string(got) != want {
		t.Errorf("an event in JSON is\n%s\nwant\n%s", got, want)
	}
	var back circuit.Event
	if err := json.Unmarshal(got, &back); err != nil || back != event {
		t.Errorf("read back, the event is %+v, %v, want %+v", back, err, event)
	}
	if err := json.Unmarshal([]byte(`{"from":"ajar"}`), &back); err == nil || !strings.Contains(err.Error(), `State is "ajar"`) {
		t.Errorf("an event with an unknown state reads with %v, want an error that names it", err)
	}
}
