package circuitadmin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

const (
	patience = 10 * time.Second // for one write
	chunk    = 64 << 10         // bytes of one write
)

// stream writes hello and then f's messages, until the client leaves.
func (a *Admin) stream(w http.ResponseWriter, r *http.Request, hello string, f feed) {
	server := a.servers.enter(r, a.hub) // before the client knows that there is a stream
	out := writer{w, http.NewResponseController(w)}
	if err := out.open(r.ProtoMajor); err != nil {
		http.Error(w, "circuitadmin: this server can't stream: "+err.Error(), http.StatusInternalServerError)
		return
	}
	a.looked()
	v := a.hub.join(f, server)
	defer a.hub.leave(v)
	if !a.servers.ended(server) && out.write([]byte(hello)) == nil {
		out.pump(r.Context(), v.messages)
	}
}

// writer writes events to one client.
type writer struct {
	http.ResponseWriter
	control *http.ResponseController
}

// open sends the header. It fails, having sent nothing, where events can't be flushed.
func (w writer) open(protoMajor int) error {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-cache, no-store")
	header.Set("X-Accel-Buffering", "no") // by proxies that would wait for more
	if protoMajor == 1 {
		header.Set("Connection", "close") // since the deadlines that are set here stay with it
	}
	// In place of the server's own timeout. Where deadlines can't be set, there are none.
	_ = w.control.SetWriteDeadline(time.Now().Add(patience))
	err := w.control.Flush()
	if errors.Is(err, errors.ErrUnsupported) {
		for _, name := range []string{"Content-Type", "Cache-Control", "X-Accel-Buffering", "Connection"} {
			header.Del(name)
		}
		return err
	}
	return nil // or the first write says so
}

// pump writes messages until there are no more, a write fails, or the client left. The
// end of ctx says that it did, unless that was a deadline, which servers set for common
// requests: then only a write can tell.
func (w writer) pump(ctx context.Context, messages <-chan []byte) {
	left := ctx.Done()
	for {
		select {
		case m, ok := <-messages:
			if !ok || w.write(m) != nil {
				return
			}
		case <-left:
			if !errors.Is(context.Cause(ctx), context.DeadlineExceeded) && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return
			}
			left = nil
		}
	}
}

// write gives each chunk its time, so that a large message may take longer.
func (w writer) write(message []byte) error {
	for part := range slices.Chunk(message, chunk) {
		_ = w.control.SetWriteDeadline(time.Now().Add(patience))
		if _, err := w.Write(part); err != nil {
			return err
		}
		if err := w.control.Flush(); err != nil {
			return err
		}
	}
	return nil
}
