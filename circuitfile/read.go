package circuitfile

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/go-fusebox/fusebox/core/rules"
)

// look is what one look at a file saw.
type look struct {
	data []byte
	err  error
	sum  sum
}

// sum is of what was seen, data or err: two looks that saw the same have the same.
type sum [sha256.Size]byte

func read(path string) look {
	data, err := content(path)
	if err != nil {
		return look{err: err, sum: sha256.Sum256([]byte("error: " + err.Error()))}
	}
	return look{data: data, sum: sha256.Sum256(append([]byte("content: "), data...))}
}

// content is the file's, if it has a size that a document may have.
func content(path string) ([]byte, error) {
	fi, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !fi.Mode().IsRegular(): // to open a pipe might take forever
		return nil, fmt.Errorf("%s is not a file", path)
	case fi.Size() > rules.MaxBytes:
		return nil, fmt.Errorf("%s: %w", path, tooLarge(fi.Size()))
	}
	file, err := os.Open(path) //nolint:gosec // the path is the caller's
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, rules.MaxBytes+1))
}
