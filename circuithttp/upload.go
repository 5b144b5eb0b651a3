package circuithttp

import (
	"bytes"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
)

// upload knows whether the caller's own request body could not be read, or was
// not as long as declared. A nil
// one belongs to a body that can't break.
type upload struct{ broken atomic.Bool }

func (u *upload) broke() bool { return u != nil && u.broken.Load() }

// watchUpload returns the request to send: req itself, or a shallow copy whose
// bodies tell the upload.
func watchUpload(req *http.Request) (*http.Request, *upload) {
	if req.Body == nil || req.Body == http.NoBody || inMemory(req.Body) {
		return req, nil
	}
	u := &upload{}
	sent := req.WithContext(req.Context())
	sent.Body = &uploadBody{ReadCloser: req.Body, upload: u, declared: req.ContentLength}
	if req.GetBody != nil {
		sent.GetBody = func() (io.ReadCloser, error) {
			again, err := req.GetBody()
			if err != nil {
				u.broken.Store(true)
				return nil, err
			}
			return &uploadBody{ReadCloser: again, upload: u, declared: req.ContentLength}, nil
		}
	}
	return sent, u
}

type uploadBody struct {
	io.ReadCloser
	upload   *upload
	declared int64 // the request's ContentLength: above 0 where it is known
	read     int64
	closed   atomic.Bool
}

// Read takes no notice of an error after Close: a transport closes the body
// when the connection broke, which makes reads fail.
func (b *uploadBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if b.wrong(err) && !b.closed.Load() {
		b.upload.broken.Store(true)
	}
	return n, err
}

// wrong reports whether the body broke, is over before the declared length, or
// goes on after it. A transport gives up on each.
func (b *uploadBody) wrong(err error) bool {
	if err != nil && err != io.EOF { //nolint:errorlint // readers return it bare
		return true
	}
	return b.declared > 0 && (b.read > b.declared || err != nil && b.read < b.declared)
}

func (b *uploadBody) Close() error {
	b.closed.Store(true)
	return b.ReadCloser.Close()
}

// nopCloser is the type that http.NewRequest wraps readers in memory in.
var nopCloser = reflect.TypeOf(io.NopCloser(new(bytes.Reader)))

// inMemory reports whether b can't break. Those bodies must keep their type:
// package net/http sends them in one packet with the header, others in two.
func inMemory(b io.ReadCloser) bool {
	if reflect.TypeOf(b) != nopCloser {
		return false
	}
	switch reflect.ValueOf(b).Field(0).Interface().(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return true
	}
	return false
}
