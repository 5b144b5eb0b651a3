// Package migrate is the source of docs/coming-from.md: the calls of other circuit breaker
// libraries beside those of ours that take their place. It exports nothing.
//
// For each library, x_theirs_test.go and x_ours_test.go have methods of the same names: their
// bodies are the table's code, and what is compiled; their comments are its text. The settings in
// x_settings_test.go are the second table. x_test.go runs each pair, and holds that both sides do
// the same, or how ours differs. A pair that is not run fails the tests, and a page that is
// out of date fails make generate-check.
package migrate
