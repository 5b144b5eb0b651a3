package circuit_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// The table of HTTP, written out: S success, F failure, O overload, I ignored; one
// row for ten statuses.
var httpTable = map[int]string{
	100: "SSSSSSSSSS", 110: "SSSSSSSSSS", 120: "SSSSSSSSSS", 130: "SSSSSSSSSS", 140: "SSSSSSSSSS",
	150: "SSSSSSSSSS", 160: "SSSSSSSSSS", 170: "SSSSSSSSSS", 180: "SSSSSSSSSS", 190: "SSSSSSSSSS",
	200: "SSSSSSSSSS", 210: "SSSSSSSSSS", 220: "SSSSSSSSSS", 230: "SSSSSSSSSS", 240: "SSSSSSSSSS",
	250: "SSSSSSSSSS", 260: "SSSSSSSSSS", 270: "SSSSSSSSSS", 280: "SSSSSSSSSS", 290: "SSSSSSSSSS",
	300: "SSSSSSSSSS", 310: "SSSSSSSSSS", 320: "SSSSSSSSSS", 330: "SSSSSSSSSS", 340: "SSSSSSSSSS",
	350: "SSSSSSSSSS", 360: "SSSSSSSSSS", 370: "SSSSSSSSSS", 380: "SSSSSSSSSS", 390: "SSSSSSSSSS",
	400: "SSSSSSSSSS", 410: "SSSSSSSSSS", 420: "SSSSSSSSSO", 430: "SSSSSSSSSS", 440: "SSSSSSSSSS",
	450: "SSSSSSSSSS", 460: "SSSSSSSSSS", 470: "SSSSSSSSSS", 480: "SSSSSSSSSS", 490: "SSSSSSSSSI",
	500: "FSFFFFFFFF", 510: "FFFFFFFFFF", 520: "FFFFFFFFFF", 530: "FFFFFFFFFF", 540: "FFFFFFFFFF",
	550: "FFFFFFFFFF", 560: "FFFFFFFFFF", 570: "FFFFFFFFFF", 580: "FFFFFFFFFF", 590: "FFFFFFFFFF",
}

var letters = map[byte]circuit.Outcome{'S': circuit.Success, 'F': circuit.Failure, 'I': circuit.Ignored, 'O': circuit.Overload}

func TestOutcomeOfHTTP(t *testing.T) {
	seen := 0
	for first, row := range httpTable {
		for i := range len(row) {
			seen++
			status, want := first+i, letters[row[i]]
			if got := circuit.OutcomeOfHTTP(status, false); got != want {
				t.Errorf("status %d is a %v, want %v", status, got, want)
			}
			if status == 503 {
				want = circuit.Overload
			}
			if got := circuit.OutcomeOfHTTP(status, true); got != want {
				t.Errorf("status %d with Retry-After is a %v, want %v", status, got, want)
			}
		}
	}
	if seen != 500 {
		t.Errorf("the table has %d statuses, want 500", seen)
	}
	for _, outside := range []int{-1, 0, 1, 99, 600, 999, 1 << 30} {
		if got := circuit.OutcomeOfHTTP(outside, true); got != circuit.Success {
			t.Errorf("status %d is a %v, want success", outside, got)
		}
	}
}

func TestOutcomeOfGRPC(t *testing.T) {
	for code, tt := range []struct {
		name string
		want circuit.Outcome
	}{
		{"OK", circuit.Success},
		{"Canceled", circuit.Ignored},
		{"Unknown", circuit.Failure},
		{"InvalidArgument", circuit.Success},
		{"DeadlineExceeded", circuit.Failure},
		{"NotFound", circuit.Success},
		{"AlreadyExists", circuit.Success},
		{"PermissionDenied", circuit.Success},
		{"ResourceExhausted", circuit.Overload},
		{"FailedPrecondition", circuit.Success},
		{"Aborted", circuit.Success},
		{"OutOfRange", circuit.Success},
		{"Unimplemented", circuit.Success},
		{"Internal", circuit.Failure},
		{"Unavailable", circuit.Failure},
		{"DataLoss", circuit.Failure},
		{"Unauthenticated", circuit.Success},
	} {
		if got := circuit.OutcomeOfGRPC(uint32(code), false); got != tt.want {
			t.Errorf("code %d, %s, is a %v, want %v", code, tt.name, got, tt.want)
		}
		if tt.name == "Unavailable" {
			tt.want = circuit.Overload
		}
		if got := circuit.OutcomeOfGRPC(uint32(code), true); got != tt.want {
			t.Errorf("code %d, %s, with RetryInfo is a %v, want %v", code, tt.name, got, tt.want)
		}
	}
	for _, outside := range []uint32{17, 100, 1<<32 - 1} {
		if got := circuit.OutcomeOfGRPC(outside, true); got != circuit.Success {
			t.Errorf("code %d is a %v, want success", outside, got)
		}
	}
}
