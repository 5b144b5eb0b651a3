package gozero

import (
	"context"
	"log/slog"

	"github.com/zeromicro/go-zero/core/logx"

	"github.com/go-fusebox/fusebox/circuitslog/flatlog"
)

// LogHandler makes logx a handler for log/slog, so that package circuitslog writes to
// it what breakers do:
//
//	stop := circuitslog.Follow(g, slog.New(gozero.LogHandler()))
//
// A record's attributes become fields, the names of groups before their keys with dots
// between. logx adds the time, the caller, and the trace of the context. It has no
// warning: what is one, such as a breaker that opens, is written as an error, from
// slog.LevelWarn on; what is below slog.LevelInfo is for debugging. Which levels are
// dropped is set by logx alone.
func LogHandler() slog.Handler {
	return &flatlog.Handler{Write: func(ctx context.Context, r slog.Record) error {
		fields := make([]logx.LogField, 0, r.NumAttrs())
		r.Attrs(func(a slog.Attr) bool {
			fields = append(fields, logx.Field(a.Key, a.Value.Any()))
			return true
		})
		logger := logx.WithCallerSkip(slogFrames).WithContext(ctx)
		switch {
		case r.Level >= slog.LevelWarn:
			logger.Errorw(r.Message, fields...)
		case r.Level >= slog.LevelInfo:
			logger.Infow(r.Message, fields...)
		default:
			logger.Debugw(r.Message, fields...)
		}
		return nil
	}}
}

// slogFrames is how many calls there are between a caller of a [slog.Logger] and
// logx: Info, log, Handle and Write.
const slogFrames = 4
