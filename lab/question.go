package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/file"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// fileError is what is wrong with the user's file, in lines that name it.
type fileError struct{ error }

// load makes the plan of the user's own question.
func (c *config) load() error {
	f, err := file.Load(c.scenario, file.Engines{
		Names: engines.Names(),
		More:  engines.LimitedNames(),
		Check: func(engine string, settings json.RawMessage) error {
			_, err := engines.New(engine, settings)
			return err
		},
	})
	if _, ok := errors.AsType[*file.Error](err); ok {
		return fileError{err}
	} else if err != nil {
		return fileError{fmt.Errorf("lab: %w", err)}
	}
	for _, entry := range f.Engines {
		e, err := engines.New(entry.Engine, entry.Settings)
		if err != nil {
			return err // not after Check
		}
		e.Name = entry.Label
		c.plan.Engines = append(c.plan.Engines, e)
	}
	c.about = f.Scenario.About
	c.plan.Seeds = f.Seeds
	c.plan.Trials = []trials.Trial{{Scenario: f.Scenario, Measures: trials.General(f.Scenario)}}
	return nil
}
