package circuitfile

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"sync/atomic"

	"github.com/fsnotify/fsnotify"
)

// ear hears of changes along the way to a file.
type ear struct {
	heard chan struct{} // holds one if there was a change since it was last empty

	notify *fsnotify.Watcher
	names  atomic.Pointer[map[string]bool] // whose changes count
	dirs   map[string]bool                 // that are watched
	done   chan struct{}
}

func listen() (*ear, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	e := &ear{heard: make(chan struct{}, 1), notify: notify, done: make(chan struct{})}
	e.names.Store(&map[string]bool{})
	go e.pump()
	return e, nil
}

// pump takes in what fsnotify tells, always: it may hold its lock while it waits for
// that, which aim needs. An error says that something may have been missed.
func (e *ear) pump() {
	defer close(e.done)
	events, errs := e.notify.Events, e.notify.Errors
	for events != nil || errs != nil {
		select {
		case event, ok := <-events:
			if !ok {
				events = nil
			}
			if !(*e.names.Load())[filepath.Clean(event.Name)] {
				continue
			}
		case _, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
		}
		select {
		case e.heard <- struct{}{}:
		default:
		}
	}
}

func (e *ear) close() {
	_ = e.notify.Close() // which has nothing to say
	<-e.done
}

// tries bounds how often aim follows a path that changes under its feet. Whatever
// changes after the last try is heard of, most likely, and if not the next change is.
const tries = 10

// aim watches the directories on the way to path, and no others. When it returns, any
// change after its last look at the way is heard of.
func (e *ear) aim(path string) error {
	way := follow(path)
	for try := 1; ; try++ {
		names := way.names
		e.names.Store(&names)
		for dir := range e.dirs {
			if !way.dirs[dir] {
				_ = e.notify.Remove(dir) // if it isn't gone already
			}
		}
		var failed error
		for dir := range way.dirs { // those that are watched, too: each may be another one by now
			if err := e.notify.Add(dir); err != nil {
				failed = fmt.Errorf("circuitfile: watch %s: %w", dir, err)
			}
		}
		e.dirs = way.dirs
		now := follow(path)
		same := maps.Equal(now.dirs, way.dirs) && maps.Equal(now.names, way.names)
		if same && !errors.Is(failed, fs.ErrNotExist) || try == tries {
			return failed
		}
		way = now
	}
}
