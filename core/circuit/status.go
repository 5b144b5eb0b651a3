package circuit

// OutcomeOfHTTP is the table of HTTP statuses, and of Kratos' error codes, which
// follow them: 429 is an Overload, and so is 503 where retryAfter says that the
// response has a valid Retry-After header; 500 to 599 else are failures, but for
// 501, which is the caller's mistake; 499, by which servers log a caller that left,
// is Ignored; all others are successes.
func OutcomeOfHTTP(status int, retryAfter bool) Outcome {
	switch {
	case status == 429, status == 503 && retryAfter:
		return Overload
	case status == 499:
		return Ignored
	case status >= 500 && status <= 599 && status != 501:
		return Failure
	}
	return Success
}

// OutcomeOfGRPC is the table of gRPC codes, as numbers of
// google.golang.org/grpc/codes: ResourceExhausted (8) is an Overload, and so is
// Unavailable (14) where retryInfo says that the status has a RetryInfo detail;
// Unavailable else, Unknown (2), DeadlineExceeded (4), Internal (13) and DataLoss
// (15) are failures; Canceled (1) is Ignored; all others are successes.
func OutcomeOfGRPC(code uint32, retryInfo bool) Outcome {
	switch code {
	case 1:
		return Ignored
	case 8:
		return Overload
	case 14:
		if retryInfo {
			return Overload
		}
		return Failure
	case 2, 4, 13, 15:
		return Failure
	}
	return Success
}
