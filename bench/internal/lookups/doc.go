// Package lookups has the containers that find a key's breaker, and whole guarded
// calls through ours.
//
// Keys are names of methods. All containers are asked for the same keys in the same
// order, pseudo-random and from a table made before; the strings that are asked for
// are not those that were stored, so that none is spared the comparison.
package lookups
