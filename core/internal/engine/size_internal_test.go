package engine

import (
	"testing"
	"unsafe"
)

// A core that is one word larger is of the allocator's next class.
func TestCoreFillsItsSizeClass(t *testing.T) {
	if size := unsafe.Sizeof(Core{}); unsafe.Sizeof(uintptr(0)) == 8 && size > 384 {
		t.Errorf("a Core has %d bytes, want 384 at most", size)
	}
}
