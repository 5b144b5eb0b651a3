package engines

import (
	"encoding/json"
	"strings"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// config is the settings of a peer.
type config interface {
	about() string // what the settings don't tell
	check(*bounds)
	breaker() circuit.Breaker
}

// peer is an engine of another library, of the module and version of go.mod.
func peer[C config](name, module string, defaults C) kind {
	return kind{name, func(settings json.RawMessage) (Engine, error) {
		c := defaults
		if err := decode(name, settings, &c); err != nil {
			return Engine{}, err
		}
		b := &bounds{engine: name}
		c.check(b)
		if err := b.err(); err != nil {
			return Engine{}, err
		}
		about := strings.TrimPrefix(module, "github.com/") + ", " + c.about()
		if w := words(c); w != "" {
			about += ": " + w
		}
		return Engine{Name: name, About: about, New: c.breaker}, nil
	}}
}
