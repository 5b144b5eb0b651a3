// Package group keeps one breaker per key, such as a method or a host.
//
// A [Group] makes a key's breaker at its first [Group.Get], by the factory that
// it was given, once however many callers ask at the same time. A key that is
// there is found without a lock. The number of keys is bounded: at the cap, a
// new key takes the place of one that is idle and healthy, found by a
// second-chance sweep. A breaker that is not closed, whose mode was changed since
// it was made, or that has failures in its window, is never evicted, so a flood
// of keys can't make a failing callee look healthy; but one that nobody asked for
// in an hour is, unless its mode was changed: a host that is gone leaves an open
// breaker behind. A new key that finds nothing to
// evict, among the few candidates that it examines, uses an overflow breaker,
// which all such keys share, and tries again at its next Get; [Group.Stats]
// counts how often that happened.
package group
