package circuitprom

import (
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/metrics"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// NewCollector makes the collector of g, to be registered once, under a name that no
// other group of the registry has. From now on g's breakers count what they admit. It is
// safe for concurrent use.
func NewCollector(name string, g *group.Group) prometheus.Collector {
	metrics.CountAdmissions(g)
	name = metrics.Printable(name)
	return &collector{
		group:   g,
		named:   pair(metrics.GroupAttribute, name),
		ofKey:   families(name, metrics.OfKey(), metrics.KeyAttribute),
		ofGroup: families(name, metrics.OfGroup()),
	}
}

type collector struct {
	group          *group.Group
	named          *dto.LabelPair
	ofKey, ofGroup []family
}

// family is an instrument as Prometheus has it.
type family struct {
	desc    *prometheus.Desc
	counter bool
	members []*dto.LabelPair // of its own attribute; one nil if it has none
}

// families makes those of a group. Its name is a constant label, so that a registry takes
// a name once. The attributes are those that all the instruments have beside it.
func families(name string, instruments []metrics.Instrument, attributes ...string) []family {
	all := make([]family, len(instruments))
	for i, instrument := range instruments {
		var labels []string
		for _, a := range attributes {
			labels = append(labels, labelName(a))
		}
		f := family{counter: instrument.Kind == metrics.Counter, members: []*dto.LabelPair{nil}}
		if instrument.Attribute != "" {
			labels = append(labels, labelName(instrument.Attribute))
			f.members = nil
			for _, member := range instrument.Values {
				f.members = append(f.members, pair(instrument.Attribute, member))
			}
		}
		f.desc = prometheus.NewDesc(metricName(instrument), instrument.Description, labels,
			prometheus.Labels{labelName(metrics.GroupAttribute): name})
		all[i] = f
	}
	return all
}

// Describe is [prometheus.Collector]'s.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, families := range [][]family{c.ofKey, c.ofGroup} {
		for _, f := range families {
			ch <- f.desc
		}
	}
}

// Collect is [prometheus.Collector]'s.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	send(ch, c.ofGroup, metrics.Group(c.group), c.named)
	for key, values := range metrics.Keys(c.group) {
		send(ch, c.ofKey, values, c.named, pair(metrics.KeyAttribute, key))
	}
}
