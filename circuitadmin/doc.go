// Package circuitadmin shows the breakers of groups live, and lets operators force them:
// a page, JSON, and the stream that Hystrix dashboards read, behind one [http.Handler].
//
//	admin, err := circuitadmin.New(map[string]*group.Group{"orders": orders})
//	if err != nil {
//		return err
//	}
//	mux.Handle("/breakers/", http.StripPrefix("/breakers", admin))
//
// That is the line for net/http; in the HTTP server of Kratos it is
//
//	srv.HandlePrefix("/breakers/", http.StripPrefix("/breakers", admin))
//
// The page loads nothing from elsewhere. PROTOCOL.md, beside this file, says what the
// paths below the mount take and answer.
//
// # Who may do what
//
// Whoever reaches the handler sees it all: put it on an internal port, or behind what
// guards such pages in your service. It is read-only, unless [WithAuthorizer] says who may
// change modes. A change must come from the same origin, as [http.CrossOriginProtection]
// has it, and be sent as JSON, so that another site can't make it through an operator's
// browser. [WithAudit] hears of each one. A change is an override, as in
// [circuit.ModeSetter]: configuration keeps the base mode, and gets it back.
//
// # What it costs
//
// Nothing as long as nobody looks. The breakers are sampled once a second while somebody
// reads a stream or [Admin.Watch] runs, and for a minute after that; then what was kept of
// them is freed. There is no goroutine, but for those of the requests. A sample takes each breaker's lock for a moment; of
// 5,000 breakers it takes a few milliseconds, however many look on, since the message is
// encoded once for all. What is kept for a breaker is at most 512 bytes, and 2,048 if it
// had calls within the last minute, when their counts for 60 seconds are kept. At most
// 8 messages wait for a page; one that is further behind is hung up on, and comes back.
//
// With the first look, the breakers begin to count what is in flight
// ([circuit.AdmissionCounter]), for good. Calls that were admitted before are not in it.
//
// # Servers with deadlines
//
// Streams outlast the timeouts of [http.Server], and a deadline of the request's context,
// as Kratos sets one for each: they end when the client leaves, a write takes longer than
// 10 seconds, or the server shuts down. A server or middleware whose ResponseWriter can't
// be flushed, such as [http.TimeoutHandler], gets an error in place of a stream.
//
// # Hystrix dashboards
//
// /hystrix.stream has every field of a HystrixCommand that Netflix' dashboard and Turbine
// read. The rolling counts are those of the last 10 seconds, as far back as the samples
// go. A Success is rollingCountSuccess; a Failure or Overload is rollingCountFailure; what
// was Ignored is rollingCountBadRequests; a refusal is rollingCountShortCircuited, and as
// in Hystrix no part of requestCount. A half-open breaker counts as open, and
// circuitBreakerEnabled is false in mode Observe. What this module does not measure, or
// does not have, is 0: latencies, timeouts by themselves, rejections of pools, fallbacks,
// thresholds. Names are the keys, with the group's name before them where there are
// several groups. Characters by which a key could break out of the dashboard's markup,
// which escapes nothing, are percent-encoded.
package circuitadmin
