package kratos

import (
	"context"
	"log/slog"

	"github.com/go-kratos/kratos/v2/log"

	"github.com/go-fusebox/fusebox/circuitslog/flatlog"
)

// LogHandler makes Kratos' logger a handler for log/slog, so that package circuitslog
// writes to it what breakers do:
//
//	stop := circuitslog.Follow(g, slog.New(kratos.LogHandler(logger)))
//
// A record's attributes become keys and values, the names of groups before their keys
// with dots between. The message has Kratos' own key for it, the time is left to the
// logger. Of a [log.Filter] the level is heeded before a record is made. A nil logger
// is [log.GetLogger]. Kratos v3 logs by log/slog itself, and needs no handler.
func LogHandler(logger log.Logger) slog.Handler {
	if logger == nil {
		logger = log.GetLogger()
	}
	helper := log.NewHelper(logger)
	return &flatlog.Handler{
		IsEnabled: func(_ context.Context, l slog.Level) bool { return helper.Enabled(logLevel(l)) },
		Write: func(ctx context.Context, r slog.Record) error {
			kvs := append(make([]any, 0, 2+2*r.NumAttrs()), log.DefaultMessageKey, r.Message)
			r.Attrs(func(a slog.Attr) bool {
				kvs = append(kvs, a.Key, a.Value.Any())
				return true
			})
			return log.WithContext(ctx, logger).Log(logLevel(r.Level), kvs...)
		},
	}
}

// logLevel is the highest of Kratos' levels that l reaches, but for Fatal.
func logLevel(l slog.Level) log.Level {
	switch {
	case l >= slog.LevelError:
		return log.LevelError
	case l >= slog.LevelWarn:
		return log.LevelWarn
	case l >= slog.LevelInfo:
		return log.LevelInfo
	default:
		return log.LevelDebug
	}
}
