package subjects

import (
	"strings"
	"time"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
)

// Scenario is what happens to the calls.
type Scenario struct {
	Name  string // in names of cases
	Title string
	every int // each such call fails, 0 is none
}

// Scenarios are those that each breaker goes through.
var Scenarios = []Scenario{
	{"healthy", "Healthy: all calls succeed", 0},
	{"1in100", "1 in 100 fails", 100},
	{"1in10", "1 in 10 fails", 10},
	{Refused, "Refused: the breaker is open", 1},
}

// Refused is the scenario in which all calls that are admitted fail.
const Refused = "refused"

// Cases are all breakers in all scenarios, and the floors.
func Cases() []measure.Case {
	var all []measure.Case
	for _, p := range Parallels {
		for _, f := range Floors() {
			all = append(all, measure.Case{
				Name: Name("floor", p.Name, f.Name), Goroutines: p.Goroutines,
				Make: func() measure.Calls {
					loop := f.New()
					return measure.Calls{Loop: func(n int) int { return loop(n, 0) }}
				},
			})
		}
	}
	for _, scenario := range Scenarios {
		for _, s := range All() {
			if s.Only != "" && s.Only != scenario.Name {
				continue
			}
			for _, p := range Parallels {
				all = append(all, s.in(scenario, p))
			}
		}
	}
	return all
}

// in is a case with a breaker of its own.
func (s Subject) in(scenario Scenario, p Parallel) measure.Case {
	return measure.Case{
		Name:       Name("call", scenario.Name, p.Name, s.Name),
		Goroutines: p.Goroutines,
		Adapts:     s.Ours,
		Make: func() measure.Calls {
			_, loop := s.New()
			c := measure.Calls{Loop: func(n int) int { return loop(n, scenario.every) }}
			if scenario.Name == Refused {
				c.Before = func() { Trip(loop) }
			}
			return c
		},
	}
}

// Trip fails calls until nearly all are refused, 10 s at most.
func Trip(loop Loop) {
	const enough = 0.995
	for began := time.Now(); time.Since(began) < 10*time.Second; {
		if refused := loop(1000, 1); float64(refused) >= enough*1000 {
			return
		}
	}
}

// Parallel is how many goroutines call at once.
type Parallel struct {
	Name       string // in names of cases
	Title      string
	Goroutines int
}

// Parallels are those that most cases have.
var Parallels = []Parallel{{"serial", "serial", 1}, {"2", "2 goroutines", 2}, {"32", "32 goroutines", 32}}

// Name joins the parts of a case's name.
func Name(parts ...string) string { return strings.Join(parts, "/") }
