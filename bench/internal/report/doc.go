// Package report writes figures as tables, and verdicts on targets: as text whose
// columns are aligned, and as Markdown.
package report
