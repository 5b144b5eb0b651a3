package rules

import (
	"bytes"
	_ "embed" // for the schema
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema of a document, of draft 2020-12, for editors. What it can't
// say is the bounds of durations, which its descriptions tell, what one field demands of
// another, lengths in bytes, and that nothing is given twice. It takes a setting of 0 for
// wrong where the bounds leave it out; [Parse] takes it for the default.
func Schema() []byte { return bytes.Clone(schema) }
