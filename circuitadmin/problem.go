package circuitadmin

import (
	"fmt"
	"net/http"
)

// problem is the answer to a request that went wrong.
type problem struct {
	status int
	Error  string  `json:"error"`
	Field  string  `json:"field,omitempty"`
	Value  *string `json:"value,omitempty"` // which may be empty
	Want   string  `json:"want,omitempty"`
}

// wrong is the one about a field's value.
func wrong(field, value, want string) *problem {
	return &problem{
		status: http.StatusBadRequest,
		Error:  fmt.Sprintf("%s is %q, %s", field, value, want),
		Field:  field, Value: &value, Want: want,
	}
}

func (p *problem) write(w http.ResponseWriter) { writeJSON(w, p.status, p) }
