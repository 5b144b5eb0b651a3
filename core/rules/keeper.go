package rules

import (
	"context"
	"reflect"
	"sync"

	"github.com/go-fusebox/fusebox/core/group"
)

// Keeper keeps rules in force in a group while they change where they come from. It is
// for those who write adapters to sources of configuration.
type Keeper struct {
	group *group.Group
	tell  func(Changes, error)

	mu      sync.Mutex
	started bool
	known   any // what was dealt with last
}

// NewKeeper makes one for g. After each change onReload, which may be nil, is told what
// was done, or why the rules can't be taken; then the last good ones stay in force. Calls
// come one at a time, and panics in them are contained.
func NewKeeper(g *group.Group, onReload func(Changes, error)) *Keeper {
	return &Keeper{group: g, tell: onReload}
}

// Reading looks at the source: it returns the rules that are there, or why there are none,
// and what tells one state of it from another, by [reflect.DeepEqual], errors included.
type Reading func() (state any, r *Rules, err error)

// Start puts in force what is there now. If there is nothing, or ctx is over, that is an
// error, nobody is told, and later calls of Reload do nothing. A source that tells of
// changes is to be listened to before: then none is missed.
func (k *Keeper) Start(ctx context.Context, read Reading) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	state, r, err := read()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	r.Apply(k.group)
	k.known, k.started = state, true
	return nil
}

// Reload puts in force what has changed since the last call, and tells. It does nothing
// before Start, nor when ctx is over, and may be called by any number of goroutines.
func (k *Keeper) Reload(ctx context.Context, read Reading) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.started || ctx.Err() != nil {
		return
	}
	state, r, err := read()
	if reflect.DeepEqual(state, k.known) {
		return
	}
	k.known = state
	k.take(r, err)
}

// Take puts r in force, unless err tells why there are no rules, and tells. It is for
// sources that know by themselves what is new.
func (k *Keeper) Take(r *Rules, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.take(r, err)
}

func (k *Keeper) take(r *Rules, err error) {
	var done Changes
	if err == nil {
		done = r.Apply(k.group)
	}
	if k.tell == nil {
		return
	}
	defer func() { _ = recover() }()
	k.tell(done, err)
}
