// Package memory weighs breakers: the bytes of one that is idle and healthy, and
// those of a group through which many more keys go than it may hold.
//
// Bytes are those of the heap that are live after a garbage collection.
package memory
