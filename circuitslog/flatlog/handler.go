// Package flatlog makes a [slog.Handler] of a logger that has keys and values, and no
// groups: the adapters' loggers.
package flatlog

import (
	"context"
	"log/slog"
	"slices"
)

// Handler passes each record to Write with all its attributes, those of With included:
// resolved, none of them a group, and with the names of their groups before the key,
// joined by dots. It is safe for concurrent use if its functions are.
type Handler struct {
	// IsEnabled is as Enabled of a [slog.Handler]. Where it is nil, all levels are.
	IsEnabled func(context.Context, slog.Level) bool
	Write     func(context.Context, slog.Record) error

	attrs  []slog.Attr // of With, flat
	prefix string      // of the groups that are open, with a dot behind each
}

// Enabled is [slog.Handler]'s.
func (h *Handler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.IsEnabled == nil || h.IsEnabled(ctx, l)
}

// Handle is [slog.Handler]'s.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	attrs := slices.Clip(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		attrs = flatten(attrs, h.prefix, a)
		return true
	})
	flat := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	flat.AddAttrs(attrs...)
	return h.Write(ctx, flat)
}

// WithAttrs is [slog.Handler]'s.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.attrs = slices.Clip(h.attrs)
	for _, a := range attrs {
		with.attrs = flatten(with.attrs, h.prefix, a)
	}
	return &with
}

// WithGroup is [slog.Handler]'s.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.prefix += name + "."
	return &with
}

// flatten appends a to attrs. A group without a name has its attributes stand where it
// does.
func flatten(attrs []slog.Attr, prefix string, a slog.Attr) []slog.Attr {
	a.Value = a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return attrs
	}
	if a.Value.Kind() != slog.KindGroup {
		a.Key = prefix + a.Key
		return append(attrs, a)
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, member := range a.Value.Group() {
		attrs = flatten(attrs, prefix, member)
	}
	return attrs
}
