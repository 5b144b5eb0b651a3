package spread_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/core/internal/spread"
)

// count counts one, as a caller of a Counter does.
func count(c *spread.Counter) {
	for {
		cell := c.Cell()
		if c.Add(cell, cell.Read()) {
			return
		}
	}
}

// collide makes one Add fail, as if another goroutine had counted in between.
func collide(t *testing.T, c *spread.Counter) {
	t.Helper()
	cell := c.Cell()
	state := cell.Read()
	if !c.Add(cell, state) {
		t.Fatal("an Add with the present state failed")
	}
	if c.Add(cell, state) {
		t.Fatal("an Add with a state from before another one succeeded")
	}
}

// hot makes c spread.
func hot(t *testing.T, c *spread.Counter) (counted uint64) {
	t.Helper()
	for c.Cells() == 1 {
		if counted++; counted > 16 {
			t.Fatal("16 collisions in a row don't spread the counter")
		}
		collide(t, c)
	}
	return counted
}

func wantCount(t *testing.T, what string, got, want uint64) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %d, want %d", what, got, want)
	}
}

func TestTakeIsWhatWasCountedSince(t *testing.T) {
	var c spread.Counter
	wantCount(t, "Take of a new counter", c.Take(), 0)
	for range 3 {
		count(&c)
	}
	wantCount(t, "the count in the cell", spread.Count(c.Cell().Read()), 3)
	wantCount(t, "Take after 3", c.Take(), 3)
	wantCount(t, "Take after Take", c.Take(), 0)
	wantCount(t, "the count in the cell after Take", spread.Count(c.Cell().Read()), 0)
	count(&c)
	wantCount(t, "Seal after 1", c.Seal(), 1)
	wantCount(t, "Seal after Seal", c.Seal(), 0)
	count(&c)
	wantCount(t, "Take after a Seal and 1", c.Take(), 1)
}

// There is one cell for those who need one, spread or not; what is in it is taken as well.
func TestOneAndTaken(t *testing.T) {
	var c spread.Counter
	one := c.One()
	if c.Cell() != one {
		t.Error("before it is spread a counter has another cell than the one")
	}
	in := hot(t, &c)
	if c.One() != one || c.Cell() == one {
		t.Error("spreading made the one cell another, or left goroutines in it")
	}
	wantCount(t, "Taken before Take", c.Taken(), 0)
	wantCount(t, "Take", c.Take(), in)
	for range 3 {
		if !c.Add(one, one.Read()) {
			t.Fatal("an Add to the one cell failed")
		}
		count(&c)
	}
	wantCount(t, "the count in the one cell", spread.Count(one.Read()), 3)
	wantCount(t, "Taken after Take", c.Taken(), in)
	state := one.Read()
	wantCount(t, "Seal", c.Seal(), 6)
	wantCount(t, "Taken after Seal", c.Taken(), in+6)
	if c.Add(one, state) {
		t.Error("an Add to the one cell with a state from before a Seal succeeded")
	}
}

// A Take in between alone doesn't make an Add fail if the count is the same again.
func TestAddAfterTake(t *testing.T) {
	var c spread.Counter
	cell := c.Cell()
	empty := cell.Read()
	count(&c)
	one := cell.Read()
	c.Take()
	if c.Add(cell, one) {
		t.Error("an Add to a count that was taken succeeded")
	}
	if !c.Add(cell, empty) {
		t.Error("an Add to an empty cell failed, though it is empty again")
	}
	wantCount(t, "Take", c.Take(), 1)
}

// Everything that was read before a Seal is void after it, whatever was counted.
func TestAddAfterSeal(t *testing.T) {
	for _, spreads := range []bool{false, true} {
		var c spread.Counter
		var in uint64
		if spreads {
			in = hot(t, &c)
			count(&c)
			in++
		}
		cells := map[*spread.Cell][]uint64{}
		for range 5 {
			cell := c.Cell()
			cells[cell] = append(cells[cell], cell.Read())
			count(&c)
			in++
		}
		wantCount(t, "Seal", c.Seal(), in)
		for i := range uint64(200) {
			for cell, states := range cells {
				for _, state := range states {
					if c.Add(cell, state) {
						t.Fatalf("spread %v, %d seals later an Add with the state %#x from before succeeded", spreads, i, state)
					}
				}
			}
			for range i % 7 {
				count(&c)
			}
			wantCount(t, "Seal", c.Seal(), i%7)
		}
	}
}
