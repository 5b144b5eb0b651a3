// Package chart draws what a healthy call costs: two bars for each breaker, one
// goroutine and 32, on a logarithmic scale. The SVG follows the reader's light or dark
// theme; its colours are those of the lab's pictures.
package chart
