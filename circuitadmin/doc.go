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
// and package gozero has MountAdmin for go-zero's. The slash behind the prefix is part of
// the address: the page's own are relative to it.
//
// The page loads nothing from elsewhere, and needs a browser of 2024 or later. PROTOCOL.md,
// beside this file, says what the paths below the mount take and answer.
//
// # Who may do what
//
// Whoever reaches the handler sees it all, and may open any number of streams: put it on
// an internal port, or behind what guards such pages in your service. It is read-only,
// unless [WithAuthorizer] says who may change modes. [WithAudit] hears of each change. It
// is an override, as in [circuit.ModeSetter]: configuration keeps the base mode, and gets
// it back.
//
// A change must come from the same origin, as [http.CrossOriginProtection] has it, and be
// sent as JSON, so that another site can't make it through an operator's browser. Proxies
// have to leave the Host header as it is. That doesn't keep out a site that has its own name
// resolve to your server, by which it is of the same origin: let the authorizer ask for
// something that such a site doesn't have, such as a password or a session, or refuse a
// Host that isn't yours.
//
// # What it costs
//
// Nothing as long as nobody looks. The breakers are sampled once a second while somebody
// reads a stream or [Admin.Watch] runs, and for a minute after that; then what was kept of
// them is freed. There is no goroutine, but for those of the requests, and a timer's. What
// is kept for a breaker is at most 512 bytes, and 2,048 if it had calls within the last
// minute, when their counts for 60 seconds are kept.
//
// A sample takes each breaker's lock for a moment, and is encoded once for all who look
// on. If all of 5,000 breakers had calls, that takes some 4 ms of a processor each second,
// and a page gets 0.2 MB; the first message, with a minute of history, takes 15 ms and has
// 4 MB. A message of the Hystrix stream takes 10 ms and has 9 MB: ask for a longer delay.
// A page that shows details asks for those of one breaker each second. At most 8 messages
// wait for a page; one that is further behind is hung up on, and comes back. By HTTP/1.1 a
// browser has six connections to a server, for all its tabs, of which each page keeps one.
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
// in Hystrix no part of requestCount. The rolling maximum of concurrent calls is their
// number now. A half-open breaker counts as open, and circuitBreakerEnabled is false in
// mode Observe. There are no thread pools. What this module does not measure, or
// does not have, is 0: latencies, timeouts by themselves, rejections of pools, fallbacks,
// thresholds. Names are the keys, with the group's name before them where there are
// several groups. Characters by which a key could break out of the dashboard's markup,
// which escapes nothing, are percent-encoded.
package circuitadmin
