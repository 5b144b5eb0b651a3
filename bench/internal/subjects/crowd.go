package subjects

// few calls are made on each breaker of a crowd.
const few = 5

// Many makes n breakers that are healthy, and have had a few calls. They live as
// long as the caller keeps what it returns.
func (s Subject) Many(n int) any {
	if s.Crowd != nil {
		return s.Crowd(n)
	}
	all := make([]any, n)
	for i := range all {
		breaker, loop := s.New()
		loop(few, 0)
		all[i] = breaker
	}
	return all
}
