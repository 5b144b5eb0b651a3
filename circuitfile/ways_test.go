package circuitfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitfile"
)

// way is one way to change a file: at first begin makes it and tells its path, then
// change is called for each new content.
type way struct {
	name   string
	begin  func(t *testing.T, dir, content string) (path string)
	change func(t *testing.T, dir, content string)
}

func plain(t *testing.T, dir, content string) string {
	write(t, filepath.Join(dir, "rules.yaml"), content)
	return filepath.Join(dir, "rules.yaml")
}

var ways = []way{
	{"written in place", plain, func(t *testing.T, dir, content string) {
		write(t, filepath.Join(dir, "rules.yaml"), content)
	}},
	{"truncated, then written in pieces", plain, func(t *testing.T, dir, content string) {
		file, err := os.Create(filepath.Join(dir, "rules.yaml"))
		must(t, err)
		for _, piece := range strings.SplitAfter(content, "\n") {
			_, err = file.WriteString(piece)
			must(t, err)
			must(t, file.Sync())
		}
		must(t, file.Close())
	}},
	{"replaced by a rename", plain, func(t *testing.T, dir, content string) {
		replace(t, filepath.Join(dir, "rules.yaml"), content)
	}},
	{"moved to a backup, then written, as by vim", plain, func(t *testing.T, dir, content string) {
		path := filepath.Join(dir, "rules.yaml")
		must(t, os.Rename(path, path+"~"))
		write(t, path, content)
		must(t, os.Remove(path+"~"))
	}},
	{"deleted and made anew", plain, func(t *testing.T, dir, content string) {
		path := filepath.Join(dir, "rules.yaml")
		must(t, os.Remove(path))
		write(t, path, content)
	}},
	{"a hard link is put in its place", plain, func(t *testing.T, dir, content string) {
		path := filepath.Join(dir, "rules.yaml")
		must(t, os.RemoveAll(path+".real"))
		write(t, path+".real", content)
		must(t, os.Remove(path))
		must(t, os.Link(path+".real", path))
	}},
	{"its directory is deleted and made anew", func(t *testing.T, dir, content string) string {
		must(t, os.Mkdir(filepath.Join(dir, "conf"), 0o700))
		return plain(t, filepath.Join(dir, "conf"), content)
	}, func(t *testing.T, dir, content string) {
		must(t, os.RemoveAll(filepath.Join(dir, "conf")))
		must(t, os.Mkdir(filepath.Join(dir, "conf"), 0o700))
		plain(t, filepath.Join(dir, "conf"), content)
	}},
	{"its directory is moved away and another put in its place", func(t *testing.T, dir, content string) string {
		must(t, os.Mkdir(filepath.Join(dir, "conf"), 0o700))
		return plain(t, filepath.Join(dir, "conf"), content)
	}, func(t *testing.T, dir, content string) {
		must(t, os.RemoveAll(filepath.Join(dir, "old")))
		must(t, os.Mkdir(filepath.Join(dir, "new"), 0o700))
		plain(t, filepath.Join(dir, "new"), content)
		must(t, os.Rename(filepath.Join(dir, "conf"), filepath.Join(dir, "old")))
		must(t, os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "conf")))
	}},
	{"the link's target is written", linked, func(t *testing.T, dir, content string) {
		write(t, filepath.Join(dir, "there", "real.yaml"), content)
	}},
	{"the link's target is replaced", linked, func(t *testing.T, dir, content string) {
		replace(t, filepath.Join(dir, "there", "real.yaml"), content)
	}},
	{"the link is turned to another file", linked, func(t *testing.T, dir, content string) {
		to := fmt.Sprintf("%x.yaml", content)
		write(t, filepath.Join(dir, "there", to), content)
		must(t, os.Symlink(filepath.Join("..", "there", to), filepath.Join(dir, "here", "fresh")))
		must(t, os.Rename(filepath.Join(dir, "here", "fresh"), filepath.Join(dir, "here", "rules.yaml")))
	}},
	{"a directory on the way is a link that is turned, as of releases", func(t *testing.T, dir, content string) string {
		release(t, dir, content)
		return filepath.Join(dir, "current", "etc", "rules.yaml")
	}, release},
	{"a volume of Kubernetes", func(t *testing.T, dir, content string) string {
		kubelet(t, dir, content)
		return filepath.Join(dir, "rules.yaml")
	}, kubelet},
}

// linked is a link in one directory to a file in another.
func linked(t *testing.T, dir, content string) string {
	for _, sub := range []string{"here", "there"} {
		must(t, os.Mkdir(filepath.Join(dir, sub), 0o700))
	}
	write(t, filepath.Join(dir, "there", "real.yaml"), content)
	path := filepath.Join(dir, "here", "rules.yaml")
	must(t, os.Symlink("../there/real.yaml", path))
	return path
}

// release puts the content into a new directory and has "current" lead there, by an
// absolute path. It deletes the one before.
func release(t *testing.T, dir, content string) {
	old, _ := os.Readlink(filepath.Join(dir, "current"))
	fresh := filepath.Join(dir, fmt.Sprintf("release-%d", time.Now().UnixNano()))
	must(t, os.MkdirAll(filepath.Join(fresh, "etc"), 0o700))
	write(t, filepath.Join(fresh, "etc", "rules.yaml"), content)
	must(t, os.Symlink(fresh, filepath.Join(dir, "next")))
	must(t, os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "current")))
	if old != "" {
		must(t, os.RemoveAll(old))
	}
}

// kubelet writes a volume step by step as kubelet's AtomicWriter does.
func kubelet(t *testing.T, dir, content string) {
	old, _ := os.Readlink(filepath.Join(dir, "..data"))
	stamped := filepath.Join(dir, time.Now().UTC().Format("..2006_01_02_15_04_05.000000000"))
	must(t, os.Mkdir(stamped, 0o755))
	write(t, filepath.Join(stamped, "rules.yaml"), content)
	must(t, os.Chmod(filepath.Join(stamped, "rules.yaml"), 0o644))
	must(t, os.Symlink(filepath.Base(stamped), filepath.Join(dir, "..data_tmp")))
	must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	if old == "" {
		must(t, os.Symlink("..data/rules.yaml", filepath.Join(dir, "rules.yaml")))
		return
	}
	must(t, os.RemoveAll(filepath.Join(dir, old)))
}

// In each way to change a file each document is taken once, or refused once, and after
// a bad one the last good one is in force.
func TestEachWayToChangeAFile(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			w := watch(t, way.begin(t, dir, good(4)), circuitfile.WithQuiet(150*time.Millisecond))
			w.inForce(4)
			for round := range 3 {
				way.change(t, dir, good(10+round))
				w.applied(10 + round)
				way.change(t, dir, bad(1+round))
				if got := w.next(); got.err == nil || !strings.Contains(got.err.Error(), fmt.Sprintf(`line 3: rule "*": settings.depth is -%d, must be from`, 1+round)) {
					t.Fatalf("got %v, %v, want the error of line 3", got.done, got.err)
				}
				w.inForce(10 + round)
			}
			way.change(t, dir, good(12))
			w.applied(12)
			w.silent()
		})
	}
}
