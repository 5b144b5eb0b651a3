// Package targets has what is asked of our speed, as data, and judges it by the
// figures of one run.
//
// Nearly all of it are ratios: figures of two machines can't be compared, and those
// of one run can. Where a target speaks of our engines, each of them must meet it.
package targets
