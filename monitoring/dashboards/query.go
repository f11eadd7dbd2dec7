package main

import (
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// query is an expression and what its series are called in legends. In an expression
// {@} selects what the dashboard's variables say, {@, more} some of that, and [rate] is
// the shortest window that makes sense for a rate.
type query struct{ expr, legend string }

// selected is what @ stands for. All of a variable's values is ".*", which takes series
// without the label too.
const selected = `namespace=~"$namespace",chatroom=~"$chatroom",pod=~"$pod"`

func expand(expr string) string {
	return strings.NewReplacer("{@", "{"+selected, "[rate]", "[$__rate_interval]", "\n", " ", "\t", "").Replace(expr)
}

// datasource is the one that is chosen at the top of the dashboard.
func datasource() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("${datasource}")}
}

func (q query) target(i int) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().Expr(expand(q.expr)).LegendFormat(q.legend).
		RefId(string(rune('A' + i))).Datasource(datasource()).EditorMode(prometheus.QueryEditorModeCode)
}

// quantiles are the median, the 90th and the 99th percentile of a histogram.
func quantiles(histogram, matchers string) []query {
	var all []query
	for _, q := range []struct{ share, name string }{{"0.5", "median"}, {"0.9", "90th"}, {"0.99", "99th"}} {
		all = append(all, query{
			fmt.Sprintf(`histogram_quantile(%s, sum by (le) (rate(%s_bucket{@%s}[rate])))`, q.share, histogram, matchers), q.name,
		})
	}
	return all
}

// perPod is 0 for each replica where an expression has nothing: a replica without a bus
// has no metrics of one.
func perPod(expr string) string {
	return fmt.Sprintf(`%s or 0 * sum by (pod) (chatapp_connected_clients{@})`, expr)
}

// noSeries is what the line of none is called.
const noSeries = "none"

// none is a line at 0 where an expression has no series. Its panel has to be unlisted.
func none(expr, label string) string {
	return fmt.Sprintf(`%s or on () label_replace(vector(0), %q, %q, "", "")`, expr, label, noSeries)
}
