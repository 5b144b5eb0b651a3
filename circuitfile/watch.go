package circuitfile

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

// DefaultQuiet is how long a file must be left alone before it is read again.
const DefaultQuiet = 100 * time.Millisecond

// Option changes how [Watch] works.
type Option func(*watcher)

// WithQuiet sets for how long nothing may happen to the file before it is read again,
// so that one that is being written isn't. Of one that is written without end, what is
// there after 20 times as long is taken. Default: [DefaultQuiet]. A d of 0 or less
// changes nothing.
func WithQuiet(d time.Duration) Option {
	return func(w *watcher) {
		if d > 0 {
			w.quiet = d
		}
	}
}

// WithPoll has the file looked at every d, too, for file systems that don't tell of
// changes, such as NFS and FUSE. Default: never. A d of 0 or less changes nothing.
func WithPoll(d time.Duration) Option {
	return func(w *watcher) {
		if d > 0 {
			w.poll = d
		}
	}
}

// Watch puts the rules of a file in force in g, as [Parse] and [rules.Rules.Apply] do,
// and from then on until ctx ends whenever the file's content changes. A file that is
// missing or bad at first is an error: then g isn't changed, and nothing is watched. The
// path is taken as [filepath.Abs] makes it. Directories that it leads through must be
// readable where the file or a symbolic link is in them.
//
// After each change onReload, which may be nil, is told what was done, or why the file
// can't be taken; then the last good rules stay in force. It is told once of each bad
// content or other trouble, such as a missing file, and when that is over, even if the
// content is again what it was before. Calls come one at a time, and panics in them are
// contained. What is under way when ctx ends is finished.
func Watch(ctx context.Context, path string, g *group.Group, onReload func(rules.Changes, error), opts ...Option) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("circuitfile: %w", err)
	}
	w := &watcher{path: absolute, keeper: rules.NewKeeper(g, onReload), quiet: DefaultQuiet}
	for _, opt := range opts {
		if opt != nil {
			opt(w)
		}
	}
	if w.ear, err = listen(); err != nil {
		return fmt.Errorf("circuitfile: %w", err)
	}
	err = w.ear.aim(w.path)
	if err == nil {
		first := read(w.path)
		w.known = first.sum
		var r *rules.Rules
		if r, err = w.parse(first); err == nil {
			r.Apply(g)
		}
	}
	if err != nil {
		w.ear.close()
		return err
	}
	go w.run(ctx)
	return nil
}

// watcher is one Watch.
type watcher struct {
	path        string
	keeper      *rules.Keeper
	quiet, poll time.Duration

	ear   *ear
	known sum   // of what was dealt with last
	deaf  error // why changes may go unheard; nil if they don't
}

// retry is how long after it could not listen for changes a watcher tries again.
const retry = time.Second

func (w *watcher) run(ctx context.Context) {
	defer w.ear.close()
	var poll <-chan time.Time
	if w.poll > 0 {
		ticker := time.NewTicker(w.poll)
		defer ticker.Stop()
		poll = ticker.C
	}
	for {
		var again <-chan time.Time
		if w.deaf != nil {
			again = time.After(retry)
		}
		select {
		case <-ctx.Done():
			return
		case <-w.ear.heard:
		case <-poll:
		case <-again:
		}
		w.refresh(ctx)
	}
}

// refresh looks at the file, and if there is anything new waits until that stays as it
// is, and then takes it.
func (w *watcher) refresh(ctx context.Context) {
	seen := w.look(ctx)
	for late := time.Now().Add(20 * w.quiet); seen.sum != w.known; {
		if !w.rest(ctx, late) {
			return
		}
		before := seen
		if seen = w.look(ctx); seen.sum == before.sum || time.Now().After(late) {
			w.known = seen.sum
			w.keeper.Take(w.parse(seen))
			return
		}
	}
}

// rest waits until nothing was heard for a while, or until it is late, and reports
// whether ctx goes on.
func (w *watcher) rest(ctx context.Context, late time.Time) bool {
	limit := time.NewTimer(max(w.quiet, time.Until(late)))
	defer limit.Stop()
	for {
		quiet := time.NewTimer(w.quiet)
		select {
		case <-ctx.Done():
		case <-w.ear.heard:
			quiet.Stop()
			continue
		case <-quiet.C:
		case <-limit.C:
		}
		quiet.Stop()
		return ctx.Err() == nil
	}
}

// look listens where the file is now, and reads it.
func (w *watcher) look(ctx context.Context) look {
	err := w.ear.aim(w.path)
	if err != nil && (w.deaf == nil || err.Error() != w.deaf.Error()) && ctx.Err() == nil {
		w.keeper.Take(nil, err)
	}
	if err == nil && w.deaf != nil {
		w.known = sum{} // so that it is told
	}
	w.deaf = err
	return read(w.path)
}

// parse is the rules that were read, or why there are none.
func (w *watcher) parse(l look) (*rules.Rules, error) {
	if l.err != nil {
		return nil, fmt.Errorf("circuitfile: %w", l.err)
	}
	r, err := Parse(w.path, l.data)
	if err != nil {
		return nil, fmt.Errorf("circuitfile: %s: %w", w.path, err)
	}
	return r, nil
}
