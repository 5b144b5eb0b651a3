package circuitadmin

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// rolling is the window of the Hystrix stream's counts, in samples.
const rolling = 10

const maxDelay = time.Minute

// ping is what Hystrix sends to keep a connection, a field that readers pass over.
var ping = []byte("ping: \n\n")

// commands are the feed of GET /hystrix.stream: all breakers at each every-th sample.
type commands struct{ every uint64 }

func (commands) first(h *hub) []byte {
	if h.hystrix == nil {
		h.hystrix = h.appendCommands(h.lengths.buffer(inHystrix))
		h.lengths[inHystrix] = len(h.hystrix)
	}
	return h.hystrix
}

func (c commands) next(h *hub, since uint64) []byte {
	if since%c.every != 0 {
		return ping
	}
	return c.first(h)
}

// Each message says all there is, at length: one may be missed, and few be kept.
func (commands) backlog() (n int, hangUp bool) { return 1, false }

func (a *Admin) serveHystrix(w http.ResponseWriter, r *http.Request) {
	c := commands{every: 1}
	if delay := r.URL.Query().Get("delay"); delay != "" {
		ms, err := strconv.ParseInt(delay, 10, 64)
		if err != nil || ms < 1 {
			wrong("delay", delay, "must be a number of milliseconds, at least 1").write(w)
			return
		}
		ms = min(ms, maxDelay.Milliseconds())
		c.every = uint64((ms + interval.Milliseconds() - 1) / interval.Milliseconds())
	}
	a.stream(w, r, "", c)
}

func (h *hub) appendCommands(to []byte) []byte {
	if len(h.rows) == 0 {
		return ping
	}
	for _, r := range h.rows {
		name := text(r.key)
		if len(h.sources) > 1 {
			name = r.src.name + "/" + name
		}
		to = r.appendCommand(to, harmless.Replace(name), h.when.UnixMilli())
	}
	return to
}

// harmless encodes what the dashboard puts into its markup, scripts and selectors, and
// escapes not at all or not well.
var harmless = func() *strings.Replacer {
	var pairs []string
	for c := range byte(0x80) {
		if c < ' ' || c == 0x7f || strings.IndexByte("<>&\"'`\\", c) >= 0 {
			pairs = append(pairs, string(rune(c)), fmt.Sprintf("%%%02X", c))
		}
	}
	return strings.NewReplacer(pairs...)
}()

// appendCommand appends the event of one breaker, which Hystrix calls a command.
func (r *row) appendCommand(to []byte, name string, now int64) []byte {
	n := r.sum(rolling)
	requests := n[succeeded] + n[failed]
	percentage := uint64(0)
	if requests > 0 {
		percentage = n[failed] * 100 / requests
	}
	group := harmless.Replace(r.src.name)
	to = append(to, `data: {"type":"HystrixCommand","name":`...)
	to = appendString(to, name)
	to = appendString(append(to, `,"group":`...), group)
	to = appendString(append(to, `,"threadPool":`...), group)
	to = appendNumber(to, "currentTime", uint64(now))
	to = appendBool(to, "isCircuitBreakerOpen", r.state != circuit.Closed)
	to = appendNumber(to, "errorPercentage", percentage)
	to = appendNumber(to, "errorCount", n[failed])
	to = appendNumber(to, "requestCount", requests)
	to = appendNumber(to, "rollingCountSuccess", n[succeeded])
	to = appendNumber(to, "rollingCountFailure", n[failed])
	to = appendNumber(to, "rollingCountBadRequests", n[ignored])
	to = appendNumber(to, "rollingCountShortCircuited", n[refused])
	to = appendNumber(to, "currentConcurrentExecutionCount", r.inFlight)
	to = appendNumber(to, "rollingMaxConcurrentExecutionCount", r.inFlight)
	to = appendBool(to, "propertyValue_circuitBreakerForceOpen", r.mode == circuit.ForceOpen)
	to = appendBool(to, "propertyValue_circuitBreakerForceClosed", r.mode == circuit.ForceClose)
	to = appendBool(to, "propertyValue_circuitBreakerEnabled", r.mode != circuit.Observe)
	return append(to, unmeasured...)
}

func appendNumber(to []byte, field string, n uint64) []byte {
	to = append(append(append(to, `,"`...), field...), `":`...)
	return strconv.AppendUint(to, n, 10)
}

func appendBool(to []byte, field string, b bool) []byte {
	to = append(append(append(to, `,"`...), field...), `":`...)
	return strconv.AppendBool(to, b)
}

const noLatency = `{"0":0,"25":0,"50":0,"75":0,"90":0,"95":0,"99":0,"99.5":0,"100":0}`

// unmeasured are the fields that are the same for all. Numbers are integers: Turbine
// takes all others for text.
const unmeasured = `,"rollingCountCollapsedRequests":0,"rollingCountEmit":0,"rollingCountExceptionsThrown":0` +
	`,"rollingCountFallbackEmit":0,"rollingCountFallbackFailure":0,"rollingCountFallbackMissing":0` +
	`,"rollingCountFallbackRejection":0,"rollingCountFallbackSuccess":0,"rollingCountResponsesFromCache":0` +
	`,"rollingCountSemaphoreRejected":0,"rollingCountThreadPoolRejected":0,"rollingCountTimeout":0` +
	`,"latencyExecute_mean":0,"latencyExecute":` + noLatency + `,"latencyTotal_mean":0,"latencyTotal":` + noLatency +
	`,"propertyValue_circuitBreakerRequestVolumeThreshold":0,"propertyValue_circuitBreakerSleepWindowInMilliseconds":0` +
	`,"propertyValue_circuitBreakerErrorThresholdPercentage":0,"propertyValue_executionIsolationStrategy":"SEMAPHORE"` +
	`,"propertyValue_executionIsolationThreadTimeoutInMilliseconds":0,"propertyValue_executionTimeoutInMilliseconds":0` +
	`,"propertyValue_executionIsolationThreadInterruptOnTimeout":false` +
	`,"propertyValue_executionIsolationThreadPoolKeyOverride":""` +
	`,"propertyValue_executionIsolationSemaphoreMaxConcurrentRequests":0` +
	`,"propertyValue_fallbackIsolationSemaphoreMaxConcurrentRequests":0` +
	`,"propertyValue_metricsRollingStatisticalWindowInMilliseconds":10000` +
	`,"propertyValue_requestCacheEnabled":false,"propertyValue_requestLogEnabled":false,"reportingHosts":1}` + "\n\n"
