package circuitfile

import (
	"os"
	"path/filepath"
	"strings"
)

// trail is the way from the root of the file system to a file, or to the place where it
// ends, if there is no file now.
type trail struct {
	dirs  map[string]bool // that must be watched: those of each link, and of the end
	names map[string]bool // of the links and the end, and dirs: whose changes matter
}

// maxLinks is the number of symbolic links that a path may go through, as in Linux.
const maxLinks = 40

// follow walks along path, which is absolute.
func follow(path string) trail {
	t := trail{dirs: map[string]bool{}, names: map[string]bool{}}
	start := filepath.VolumeName(path) + string(filepath.Separator)
	at, rest := start, parts(path)
	for links := 0; len(rest) > 0; {
		step := rest[0]
		rest = rest[1:]
		next := filepath.Join(at, step)
		fi, err := os.Lstat(next)
		switch {
		case err != nil || links > maxLinks:
			t.add(at, next)
			return t
		case fi.Mode()&os.ModeSymlink != 0:
			links++
			t.add(at, next)
			target, err := os.Readlink(next)
			if err != nil {
				return t
			}
			rest = append(parts(target), rest...)
			if filepath.IsAbs(target) {
				at = start
			}
		case len(rest) == 0:
			t.add(at, next)
		default: // a directory, or else the next step fails
			at = next
		}
	}
	return t
}

func (t *trail) add(dir, name string) {
	t.dirs[dir] = true
	t.names[dir] = true
	t.names[name] = true
}

// parts are the steps of a path, one by one. A .. goes up from the directory that was
// reached, which may not be the one that is named before it.
func parts(path string) []string {
	path = path[len(filepath.VolumeName(path)):]
	return strings.FieldsFunc(path, func(r rune) bool { return os.IsPathSeparator(uint8(r)) && r < 0x80 })
}
