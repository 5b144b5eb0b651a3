// Package circuitfile loads the rules of circuit breakers from a JSON or YAML file, and
// again whenever the file changes. [Watch] puts the rules in force in a group of
// breakers, which the adapters take by their option WithGroup:
//
//	# /etc/app/breakers.yaml
//	"*":                      # the defaults; in YAML a pattern that begins with * is quoted
//	  settings: {threshold: 0.4}
//	/orders.v1.Orders/*:
//	  mode: observe
//	/users.v1.Users/Get:
//	  engine: hystrix
//	  settings: {errorPercentThreshold: 30, sleepWindow: 2s}
//
// A document is checked whole before any of it counts. A bad one changes nothing: the
// last good rules stay in force, and the caller's function is told what is wrong, with
// line, rule, field, value and bound. So it is when the file vanishes.
//
// The file may be written in place, be replaced by a rename, as editors do, or be a
// symbolic link anywhere along its path, as in a volume that Kubernetes makes of a
// ConfigMap. (Kubernetes never updates a volume that is mounted by subPath.) What is
// being written is not read until it was left alone for a moment, see [WithQuiet]; for
// file systems that tell of no changes, and where a plain directory above that of the
// file may be replaced, there is [WithPoll].
//
// The rules themselves are explained in package rules, of the core. The adapters for
// Kratos and go-zero have a function of the same shape, WatchRules, for the
// configuration systems of those.
package circuitfile
