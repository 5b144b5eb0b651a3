package circuitslog

import "time"

// Option changes what [Observer] and [Follow] write. A nil Option changes nothing.
type Option func(*options)

type options struct {
	limit    int
	interval time.Duration
	top      int
}

func newOptions(opts []Option) options {
	o := options{limit: 10, interval: time.Minute, top: 20}
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return o
}

// WithLimit bounds the lines about the changes of one key in an interval. An n below 1
// changes nothing. Default: 10.
func WithLimit(n int) Option {
	return func(o *options) {
		if n >= 1 {
			o.limit = n
		}
	}
}

// WithInterval is the time from one summary to the next, and that of [WithLimit]. A d
// that is not positive changes nothing. Default: a minute.
func WithInterval(d time.Duration) Option {
	return func(o *options) {
		if d > 0 {
			o.interval = d
		}
	}
}

// WithTop bounds the keys that have a line of their own in a summary of [Follow]. An n
// below 1 changes nothing. Default: 20.
func WithTop(n int) Option {
	return func(o *options) {
		if n >= 1 {
			o.top = n
		}
	}
}
