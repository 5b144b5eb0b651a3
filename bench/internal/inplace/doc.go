// Package inplace has breakers where users have them: Kratos' middleware and the
// client interceptor of go-zero's zRPC, theirs and ours, around a handler that does
// nothing, and around real calls over the loopback interface.
//
// What a guard adds is its time less that of the same handler without one.
package inplace
