package file

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/parser"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// MaxSize is the size of the largest file that is read, in bytes. The parser's
// time grows with the square of the nesting; a file of this size takes 2 s at most.
const MaxSize = 16 << 10

// File is what a user wants to know: how the engines do in the scenario.
type File struct {
	Scenario sim.Scenario
	Seeds    []uint64 // one run for each; 1 to 50, no two alike
	Engines  []Entry  // 1 to 20, no two with the same label
}

// Entry is one engine with its settings.
type Entry struct {
	Label    string
	Engine   string
	Settings json.RawMessage // an object; nil stands for the engine's defaults
	Line     int             // of the file; 0 if it lists no engines
}

// Engines is what a file may name. The zero value lets every engine and all
// settings pass.
type Engines struct {
	// Names are the known engines; a file that lists none means them all.
	Names []string
	// More are known as well, but a file that lists none doesn't mean them.
	More []string
	// Check judges the settings of one, which may be nil. An error may join
	// several; a *circuit.FieldError gets the line of its field.
	Check func(engine string, settings json.RawMessage) error
}

// Load is [Parse] of the file at path.
func Load(path string, engines Engines) (*File, error) {
	f, err := os.Open(path) //nolint:gosec // the path that the user asks for
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, err
	}
	return Parse(path, data, engines)
}

// Parse reads data, which came from the file called name. The error joins one
// [Error] for each thing that is wrong, in the order of the lines.
func Parse(name string, data []byte, engines Engines) (*File, error) {
	r := &reader{name: name, places: map[string]place{"": {1, 1}}}
	root, ok := r.root(data)
	if !ok {
		return nil, r.err()
	}
	base := filepath.Base(name)
	f := &File{
		Scenario: newScenario(strings.TrimSuffix(base, filepath.Ext(base))),
		Seeds:    []uint64{1, 2, 3, 4, 5},
	}
	root.file(f, engines)
	if len(r.errs) == 0 {
		r.fits(&f.Scenario)
		r.bounded(f)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return f, nil
}

// root is the file's only document.
func (r *reader) root(data []byte) (v value, ok bool) {
	if len(data) > MaxSize {
		r.fail("", "is larger than %d KiB", MaxSize>>10)
		return v, false
	}
	tree, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\ufeff")), 0)
	if err != nil {
		r.syntax(err)
		return v, false
	}
	for _, doc := range tree.Docs {
		switch {
		case empty(doc.Body):
		case ok:
			r.places[""] = placeOf(doc.Body)
			r.fail("", "a second document begins here, must be one scenario a file")
			return v, false
		default:
			v, ok = value{reader: r, node: doc.Body}, true
		}
	}
	if !ok {
		r.fail("", "is empty, must have traffic.rate at least")
	}
	return v, ok
}

// file reads the whole; phases come after what they change.
func (v value) file(f *File, engines Engines) {
	s := &f.Scenario
	f.Engines = engines.all()
	ok := v.object(
		field{"name", func(v value) { v.text(&s.Name, 80) }},
		field{"about", func(v value) { v.text(&s.About, 400) }},
		field{"duration", func(v value) { v.duration(&s.Duration) }},
		field{"seeds", func(v value) { v.seeds(&f.Seeds) }},
		field{"backend", func(v value) { v.backend(&s.Backend) }},
		field{"traffic", func(v value) { v.traffic(&s.Traffic) }},
		field{"phases", func(v value) { v.phases(s) }},
		field{"engines", func(v value) { f.Engines = v.engines(engines) }},
	)
	if !ok {
		return
	}
	if !v.given("traffic") {
		v.fail("", rateMissing)
	}
	if len(engines.Names) == 0 && !v.given("engines") {
		v.fail("", "engines is missing, must list at least one")
	}
}

// seeds are how many, or which.
func (v value) seeds(to *[]uint64) {
	const most = 50
	if items, ok := v.items(); ok {
		if len(items) < 1 || len(items) > most {
			v.fail(v.path, "%s has %d items, must have from 1 to %d", v.path, len(items), most)
			return
		}
		seen := map[int]bool{}
		seeds := make([]uint64, 0, len(items))
		for _, item := range items {
			seed, ok := item.count(0, 1<<53)
			if ok && seen[seed] {
				item.fail(item.path, "%s is %d, which is there already", item.path, seed)
			}
			seen[seed] = true
			seeds = append(seeds, uint64(seed))
		}
		*to = seeds
		return
	}
	n, ok := v.count(1, most)
	if !ok {
		return
	}
	*to = make([]uint64, n)
	for i := range *to {
		(*to)[i] = uint64(i) + 1
	}
}

// bounded demands that the runs end within minutes: a core simulates about two
// million calls a second.
func (r *reader) bounded(f *File) {
	const most, mostOfRun = 100e6, 10e6
	s := &f.Scenario
	var calls float64
	for i, p := range s.Phases {
		end := s.Duration
		if i+1 < len(s.Phases) {
			end = s.Phases[i+1].At
		}
		calls += s.Traffic.Rate * p.Rate * (end - p.At).Seconds()
	}
	calls *= float64(1 + s.Traffic.Retries.Max)
	runs := len(f.Engines) * len(f.Seeds)
	at := "duration"
	if !r.given(at) {
		at = "traffic.rate"
	}
	switch all := calls * float64(runs); {
	case calls > mostOfRun:
		r.fail(at, "one run would simulate up to %s calls, must be at most %s: lower duration, rates or traffic.retries.max", millions(calls), millions(mostOfRun))
	case all > most:
		r.fail(at, "%d runs (%d engines with %d seeds each) would simulate up to %s calls, must be at most %s: lower duration, rates, traffic.retries.max, seeds or the number of engines",
			runs, len(f.Engines), len(f.Seeds), millions(all), millions(most))
	}
}

func millions(n float64) string { return fmt.Sprintf("%.4g million", n/1e6) }
