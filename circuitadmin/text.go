package circuitadmin

import (
	"strconv"
	"unicode/utf8"
)

// text is how a key is shown: as it is, or as a Go string literal if it is not valid
// UTF-8, which JSON can't hold.
func text(key string) string {
	if utf8.ValidString(key) {
		return key
	}
	return strconv.Quote(key)
}

const hexDigits = "0123456789abcdef"

// appendString appends s, which is valid UTF-8, as a JSON string. What has a meaning in
// HTML or ends a line in JavaScript is escaped, too.
func appendString(to []byte, s string) []byte {
	to = append(to, '"')
	from := 0
	for i, r := range s {
		switch {
		case r == '"', r == '\\', r < ' ', r == 0x7f, r == '<', r == '>', r == '&', r == '\u2028', r == '\u2029':
		default:
			continue
		}
		to = append(to, s[from:i]...)
		to = append(to, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		from = i + utf8.RuneLen(r)
	}
	to = append(to, s[from:]...)
	return append(to, '"')
}
