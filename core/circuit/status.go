package circuit

// OutcomeOfHTTP is the table of HTTP statuses, and of Kratos' error codes, which
// follow them: 429 and 500 to 599 are failures, but for 501, which is the
// caller's mistake; 499, by which servers log a caller that left, is Ignored; all
// others are successes.
func OutcomeOfHTTP(status int) Outcome {
	switch {
	case status == 499:
		return Ignored
	case status == 501:
		return Success
	case status == 429, status >= 500 && status <= 599:
		return Failure
	}
	return Success
}

// OutcomeOfGRPC is the table of gRPC codes, as numbers of
// google.golang.org/grpc/codes: Unknown (2), DeadlineExceeded (4),
// ResourceExhausted (8), Internal (13), Unavailable (14) and DataLoss (15) are
// failures; Canceled (1) is Ignored; all others are successes.
func OutcomeOfGRPC(code uint32) Outcome {
	switch code {
	case 1:
		return Ignored
	case 2, 4, 8, 13, 14, 15:
		return Failure
	}
	return Success
}
