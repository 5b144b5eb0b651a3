package file_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/file"
)

// ok is a file to which the cases add.
const ok = "traffic: {rate: 100/s}\n"

// bad are files that are wrong, with all that is said on it. Those in which a
// schema can see it are marked.
var bad = []struct {
	name   string
	schema bool
	text   string
	want   string
}{
	{"nothing", true, "", "1:1: is empty, must have traffic.rate at least"},
	{"comments alone", true, "# shop\n", "1:1: is empty, must have traffic.rate at least"},
	{"null", true, "~\n", "1:1: is empty, must have traffic.rate at least"},
	{"a list", true, "- a\n", "1:1: the file is a list, must be a mapping with name, about, duration, seeds, backend, traffic, phases, engines"},
	{"text", true, "hello\n", "1:1: the file is hello, must be a mapping with name, about, duration, seeds, backend, traffic, phases, engines"},
	{"two documents", false, ok + "---\ntraffic: {rate: 1}\n", "3:1: a second document begins here, must be one scenario a file"},
	{"not YAML", false, "traffic:\n  rate: [1\n", "2:9: sequence end token ']' not found"},
	{"tabs", false, "traffic:\n\trate: 1\n", "2:1: found character '\t' that cannot start any token"},
	{"a field twice", false, ok + "seeds: 1\nseeds: 2\n", `3:1: mapping key "seeds" already defined at [2:1]`},
	{"too large", false, ok + strings.Repeat("#", file.MaxSize), "1:1: is larger than 16 KiB"},

	{"no rate", true, "name: x\n", "1:1: traffic.rate is missing, must be the calls a second, such as 200/s"},
	{"no rate in traffic", true, "name: x\ntraffic:\n  clients: 3\n", "2:1: traffic.rate is missing, must be the calls a second, such as 200/s"},
	{"traffic without a value", true, "traffic:\n", "1:1: traffic has no value, must be a mapping with rate, clients, deadline, retries"},
	{"traffic as a number", true, "traffic: 100\n", "1:1: traffic is 100, must be a mapping with rate, clients, deadline, retries"},
	{"a negative rate", true, "traffic:\n  rate: -5\n", "2:3: traffic.rate is -5, must be from 0.001/s to 1000000/s"},
	{"a negative rate with its unit", true, "traffic:\n  rate: -5/s\n", "2:3: traffic.rate is -5/s, must be from 0.001/s to 1000000/s"},
	{"rate 0", true, "traffic: {rate: 0}\n", "1:11: traffic.rate is 0, must be from 0.001/s to 1000000/s"},
	{"a rate in words", true, "traffic: {rate: plenty of it}\n", `1:11: traffic.rate is "plenty of it", must be calls a second, such as 200/s`},
	{"a rate in per cent", true, "traffic: {rate: 50%}\n", "1:11: traffic.rate is 50%, must be calls a second, such as 200/s"},
	{"NaN", true, "traffic: {rate: .nan}\n", "1:11: traffic.rate is .nan, must be calls a second, such as 200/s"},
	{"Inf", true, "traffic: {rate: .inf}\n", "1:11: traffic.rate is .inf, must be calls a second, such as 200/s"},
	{"Inf in text", true, "traffic: {rate: Inf}\n", "1:11: traffic.rate is Inf, must be calls a second, such as 200/s"},
	{"beyond float64", false, "traffic: {rate: 1e999}\n", "1:11: traffic.rate is 1e999, must be calls a second, such as 200/s"},
	{"a list as rate", true, "traffic: {rate: [1]}\n", "1:11: traffic.rate is a list, must be calls a second, such as 200/s"},
	{"clients", true, "traffic: {rate: 1, clients: 0}\n", "1:20: traffic.clients is 0, must be a whole number from 1 to 10000"},
	{"a fraction of a client", true, "traffic: {rate: 1, clients: 2.5}\n", "1:20: traffic.clients is 2.5, must be a whole number from 1 to 10000"},
	{"clients beyond int64", true, "traffic: {rate: 1, clients: 18446744073709551615}\n", "1:20: traffic.clients is 18446744073709551615, must be a whole number from 1 to 10000"},
	{"no unit", true, "traffic:\n  rate: 1\n  deadline: 500\n", "3:3: traffic.deadline is 500, must be a time with its unit, such as 500ms or 1m30s"},
	{"deadline 0", false, "traffic: {rate: 1, deadline: 0}\n", "1:20: traffic.deadline is 0, must be from 1ms to 1m"},
	{"a long deadline", false, "traffic: {rate: 1, deadline: 1m1s}\n", "1:20: traffic.deadline is 1m1s, must be from 1ms to 1m"},
	{"a negative time", true, "traffic: {rate: 1, deadline: -1s}\n", "1:20: traffic.deadline is -1s, must be from 1ms to 1m"},
	{"four retries", true, "traffic:\n  rate: 1\n  retries: {max: 4}\n", "3:13: traffic.retries.max is 4, must be a whole number from 0 to 3"},
	{"retries as a number", true, "traffic: {rate: 1, retries: 2}\n", "1:20: traffic.retries is 2, must be a mapping with max, backoff, refused"},
	{"a yes", true, "traffic: {rate: 1, retries: {refused: yes}}\n", "1:30: traffic.retries.refused is yes, must be true or false"},

	{"an unknown field", true, ok + "backend:\n  latncy: 5ms\n", "3:3: backend.latncy is unknown, must be one of capacity, latency, queue, refusalCost"},
	{"an unknown field at the top", true, ok + "colour: red\n", "2:1: colour is unknown, must be one of name, about, duration, seeds, backend, traffic, phases, engines"},
	{"a number as field", true, ok + "7: 1\n", "2:1: 7 is unknown, must be one of name, about, duration, seeds, backend, traffic, phases, engines"},
	{"another case", true, "Traffic: {rate: 1}\n", "1:1: Traffic is unknown, must be one of name, about, duration, seeds, backend, traffic, phases, engines\n" +
		"1:1: traffic.rate is missing, must be the calls a second, such as 200/s"},
	{"capacity 0", true, ok + "backend: {capacity: 0}\n", "2:11: backend.capacity is 0, must be from 0.1/s to 1000000/s"},
	{"capacity near 0", false, ok + "backend: {capacity: 3/m}\n", "2:11: backend.capacity is 3/m, must be from 0.1/s to 1000000/s"},
	{"cost", true, ok + "backend: {refusalCost: 10}\n", "2:11: backend.refusalCost is 10, must be from 0 to 1, or from 0% to 100%"},
	{"a queue of hours", false, ok + "backend: {queue: 2h}\n", "2:11: backend.queue is 2h, must be from 0s to 1m"},
	{"nothing can succeed", false, "traffic:\n  rate: 1\n  deadline: 100ms\nbackend: {latency: 80ms, capacity: 30}\n",
		"3:3: traffic.deadline is 100ms, must be at least 113.33ms, which a call takes when the backend is idle: backend.latency and 1/backend.capacity"},
	{"nothing can succeed by default", false, "backend: {latency: 2s}\ntraffic:\n  rate: 1\n",
		"2:1: traffic.deadline is 1s, must be at least 2s, which a call takes when the backend is idle: backend.latency and 1/backend.capacity"},

	{"a short run", false, ok + "duration: 0.5s\n", "2:1: duration is 0.5s, must be from 1s to 4h"},
	{"a long run", false, ok + "duration: 5h\n", "2:1: duration is 5h, must be from 1s to 4h"},
	{"a run that ends between steps", false, ok + "duration: 1050ms\n", "2:1: duration is 1050ms, must be a multiple of 100ms"},
	{"name", true, ok + "name: ''\n", `2:1: name is "", must be text of 1 to 80 characters`},
	{"a long name", true, ok + "name: " + strings.Repeat("n", 81) + "\n", `2:1: name is "` + strings.Repeat("n", 40) + `…", must be text of 1 to 80 characters`},
	{"a number as name", true, ok + "name: 7\n", "2:1: name is 7, must be text in quotes"},
	{"a name that rings", false, ok + "name: \"a\\x07\"\n", `2:1: name is "a\a", must be text that can be printed`},
	{"no seeds", true, ok + "seeds: 0\n", "2:1: seeds is 0, must be a whole number from 1 to 50"},
	{"seeds, none of them", true, ok + "seeds: []\n", "2:1: seeds has 0 items, must have from 1 to 50"},
	{"a seed twice", true, ok + "seeds: [4, 5, 4]\n", "2:15: seeds[2] is 4, which is there already"},
	{"a negative seed", true, ok + "seeds:\n  - 4\n  - -4\n", "4:5: seeds[1] is -4, must be a whole number from 0 to 9007199254740992"},

	{"phases as a mapping", true, ok + "phases: {at: 1s}\n", "2:1: phases is a mapping, must be a list"},
	{"no time", true, ok + "phases:\n  - errors: 1\n", "3:5: phases[0].at is missing, must be the time when the phase begins, such as 30s"},
	{"a phase without a value", true, ok + "phases:\n  -\n", "3:5: phases[0] has no value, must be a mapping with at, rate, capacity, latency, errors, hang"},
	{"errors of 1.5", true, ok + "phases:\n  - at: 1s\n  - at: 2s\n    errors: 1.5\n", "5:5: phases[1].errors is 1.5, must be from 0 to 1, or from 0% to 100%"},
	{"errors of 15", true, ok + "phases:\n  - {at: 1s, errors: 15}\n", "3:14: phases[0].errors is 15, must be from 0 to 1, or from 0% to 100%"},
	{"errors of 101 %", true, ok + "phases:\n  - {at: 1s, errors: 101%}\n", "3:14: phases[0].errors is 101%, must be from 0 to 1, or from 0% to 100%"},
	{"errors a second", true, ok + "phases:\n  - {at: 1s, errors: 1/s}\n", "3:14: phases[0].errors is 1/s, must be from 0 to 1, or from 0% to 100%"},
	{"out of order", false, ok + "phases:\n  - at: 30s\n  - at: 20s\n  - at: 30s\n", "4:5: phases[1].at is 20s, must be later than 30s, when the phase before begins\n" +
		"5:5: phases[2].at is 30s, must be later than 30s, when the phase before begins"},
	{"after the end", false, ok + "phases:\n  - at: 60s\n", "3:5: phases[0].at is 1m, must be before the end at 1m"},
	{"a rate near 0", true, ok + "phases:\n  - {at: 1s, rate: 0.0001}\n", "3:14: phases[0].rate is 0.0001, must be 0, or from 0.001/s to 1000000/s"},
	{"a rate in words, in a phase", true, ok + "phases:\n  - {at: 1s, rate: 2x}\n", "3:14: phases[0].rate is 2x, must be calls a second, such as 200/s, or a share of the normal ones, such as 40%"},
	{"a vast share", false, ok + "phases:\n  - {at: 1s, rate: 9999999%}\n", "3:14: phases[0].rate is 9999999%, must be from 0/s to 1000000/s"},
	{"no capacity", true, ok + "backend: {capacity: 9}\nphases:\n  - {at: 1s, capacity: 0}\n", "4:14: phases[0].capacity is 0, must be from 0.1/s to 1000000/s"},
	{"capacity without a normal one", false, ok + "phases:\n  - {at: 1s, capacity: 40%}\n", "3:14: phases[0].capacity needs backend.capacity, without which the backend has no limit"},
	{"latency", true, ok + "phases:\n  - {at: 1s, latency: 40}\n", "3:14: phases[0].latency is 40, must be a time with its unit, such as 500ms or 1m30s"},
	{"a vast latency", false, ok + "phases:\n  - {at: 1s, latency: 999999%}\n", "3:14: phases[0].latency is 999999%, must be from 0s to 1m"},
	{"101 phases", true, ok + "phases: [" + strings.Repeat("{at: 1s},", 101) + "]\n", "2:1: phases has 101 items, must have at most 100"},

	{"no engine", true, ok + "engines: []\n", "2:1: engines has 0 items, must have from 1 to 20"},
	{"one engine as text", true, ok + "engines: sre\n", "2:1: engines is sre, must be a list"},
	{"an unknown engine", false, ok + "engines:\n  - sre\n  - hystrx\n", "4:5: engines[1] is hystrx, must be one of credit, sre, hystrix, bulkhead, adaptive, credit+bulkhead, credit+adaptive, hystrix+bulkhead"},
	{"an unknown engine with settings", false, ok + "engines:\n  - engine: hystrx\n    settings: {k: 0}\n", "3:5: engines[0].engine is hystrx, must be one of credit, sre, hystrix, bulkhead, adaptive, credit+bulkhead, credit+adaptive, hystrix+bulkhead"},
	{"no engine's name", true, ok + "engines:\n  - label: x\n", "3:5: engines[0].engine is missing, must be the name of an engine"},
	{"an engine twice", false, ok + "engines:\n  - sre\n  - engine: sre\n    settings: {k: 3}\n", "4:5: the label sre is that of line 3, too: give one of them another"},
	{"a label twice", false, ok + "engines:\n  - engine: sre\n    label: a b\n  - engine: credit\n    label: a b\n", `6:5: the label "a b" is that of line 3, too: give one of them another`},
	{"a setting out of bounds", false, ok + "engines:\n  - engine: sre\n    settings:\n      window: 1s\n      k: 0.5\n", "6:7: engines[0].settings.k: sre: K is 0.5, must be above 1 and at most 1000"},
	{"two settings out of bounds", false, ok + "engines:\n  - engine: hystrix\n    settings: {probes: -1, errorPercentThreshold: 200}\n",
		"4:16: engines[0].settings.probes: hystrix: Probes is -1, must be from 1 to 1000\n" +
			"4:28: engines[0].settings.errorPercentThreshold: hystrix: ErrorPercentThreshold is 200, must be above 0 and at most 100, or negative for no such rule"},
	{"an unknown setting", false, ok + "engines:\n  - engine: sre\n    settings:\n      kk: 2\n", `4:5: engines[0].settings: sre: json: unknown field "kk"`},
	{"a setting of the wrong type", false, ok + "engines:\n  - engine: sre\n    settings: {buckets: 3, k: high}\n", "4:28: engines[0].settings.k: sre: json: cannot unmarshal string into Go struct field .k of type float64"},
	{"NaN as setting", false, ok + "engines:\n  - engine: sre\n    settings: {k: .nan}\n", "4:16: engines[0].settings.k is .nan, must be a number, text, true or false"},
	{"a setting without a value", false, ok + "engines:\n  - engine: sre\n    settings:\n      k:\n", "5:7: engines[0].settings.k has no value, must be a number, text, true or false"},
	{"settings as a list", true, ok + "engines:\n  - engine: sre\n    settings: [1]\n", "4:5: engines[0].settings is a list, must be a mapping with the engine's settings"},
	{"settings for one that has none", false, ok + "engines:\n  - {engine: credit, settings: {a: 1}}\n", "3:22: engines[0].settings: credit: takes no settings"},

	{"an anchor", false, ok + "duration: &d 30s\nphases:\n  - at: *d\n", "2:1: duration has an anchor or alias, which is not supported, must be a time with its unit, such as 500ms or 1m30s\n" +
		"4:5: phases[0].at has an anchor or alias, which is not supported, must be a time with its unit, such as 500ms or 1m30s"},
	{"a merge", false, ok + "backend:\n  <<: {latency: 1s}\n", `3:3: backend."<<" is unknown, must be one of capacity, latency, queue, refusalCost`},
	{"a tag", false, "traffic:\n  rate: !!int 3\n", "2:3: traffic.rate has a tag, which is not supported, must be calls a second, such as 200/s"},
	{"an alias bomb", true, "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
		"1:1: a is unknown, must be one of name, about, duration, seeds, backend, traffic, phases, engines\n" +
			"1:1: traffic.rate is missing, must be the calls a second, such as 200/s\n" +
			"2:1: b is unknown, must be one of name, about, duration, seeds, backend, traffic, phases, engines\n" +
			"3:1: c is unknown, must be one of name, about, duration, seeds, backend, traffic, phases, engines"},

	{"too much for a run", false, "duration: 1h\ntraffic:\n  rate: 2000\n  retries: {max: 1}\n", "1:1: one run would simulate up to 14.4 million calls, must be at most 10 million: lower duration, rates or traffic.retries.max"},
	{"too much for a run, in a phase", false, ok + "phases: [{at: 30s, rate: 1000000}]\n", "1:11: one run would simulate up to 30 million calls, must be at most 10 million: lower duration, rates or traffic.retries.max"},
	{"too much in all", false, "traffic: {rate: 10000}\nduration: 10m\nseeds: 10\n",
		"2:1: 30 runs (3 engines with 10 seeds each) would simulate up to 180 million calls, must be at most 100 million: lower duration, rates, traffic.retries.max, seeds or the number of engines"},

	{"several, by line", true, "name: [x]\nphases:\n  - {at: 99s, hang: 1}\nduration: 30s\ntraffic: {rate: x, clients: y}\nseeds: -1\n",
		"1:1: name is a list, must be text in quotes\n" +
			"3:6: phases[0].at is 1m39s, must be before the end at 30s\n" +
			"3:15: phases[0].hang is 1, must be true or false\n" +
			"5:11: traffic.rate is x, must be calls a second, such as 200/s\n" +
			"5:20: traffic.clients is y, must be a whole number from 1 to 10000\n" +
			"6:1: seeds is -1, must be a whole number from 1 to 50"},
}

func TestErrors(t *testing.T) {
	for _, tt := range bad {
		t.Run(tt.name, func(t *testing.T) {
			f, err := file.Parse("x.yaml", []byte(tt.text), known)
			if err == nil {
				t.Fatalf("reads as %+v", f)
			}
			want := "x.yaml:" + strings.ReplaceAll(tt.want, "\n", "\nx.yaml:")
			if err.Error() != want {
				t.Errorf("the error is\n%v\nwant\n%v", err, want)
			}
		})
	}
}

func TestManyErrorsAreCut(t *testing.T) {
	_, err := file.Parse("x.yaml", []byte(ok+"phases:\n"+strings.Repeat("  - hang: 1\n", 15)), known)
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 21 || lines[20] != "x.yaml: 10 more errors" {
		t.Errorf("30 errors read as %d lines:\n%v", len(lines), err)
	}
}

// TestEvilFilesEndSoon fends off files on which the YAML parser took half a minute.
func TestEvilFilesEndSoon(t *testing.T) {
	for _, text := range []string{"[", "{", "- ", "a: {", "? ", "&a ", "!!a ", "a: |\n \n \n"} {
		data := []byte(strings.Repeat(text, file.MaxSize/len(text)))
		begin := time.Now()
		if _, err := file.Parse("x.yaml", data, known); err == nil {
			t.Errorf("%q again and again is a scenario", text)
		}
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%q again and again takes %v", text, took)
		}
	}
}
