package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// board begins a dashboard about chat servers: with the variables that say which, and marks
// for restarts, rollouts and drains.
func board(uid, title, description string) *builder {
	return blank(uid, title, description).
		WithVariable(variable("namespace", "Namespace", `label_values(chatapp_connected_clients, namespace)`)).
		WithVariable(variable("chatroom", "ChatRoom", `label_values(chatapp_connected_clients{namespace=~"$namespace"}, chatroom)`)).
		WithVariable(variable("pod", "Pod", `label_values(chatapp_connected_clients{namespace=~"$namespace",chatroom=~"$chatroom"}, pod)`)).
		Annotation(restarts()).Annotation(rollouts()).Annotation(drains())
}

// blank is what all dashboards have: links to each other, and a choice of the Prometheus.
func blank(uid, title, description string) *builder {
	return newBuilder(title).Uid(uid).Description(description).Tags([]string{"parley"}).
		Time("now-1h", "now").Refresh("30s").Timezone("browser").Readonly().
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(dashboard.NewDashboardLinkBuilder("Parley").Type(dashboard.DashboardLinkTypeDashboards).
			Tags([]string{"parley"}).IncludeVars(true).KeepTime(true)).
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Prometheus").Type("prometheus"))
}

// variable is one of the labels that say what is shown.
func variable(name, label, values string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(name).Label(label).Datasource(datasource()).
		Query(dashboard.StringOrMap{String: &values}).Definition(values).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalAsc).
		Multi(true).IncludeAll(true).AllValue(".*").
		Current(dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		})
}

func mark(name, color, title, text, expr string) *dashboard.AnnotationQueryBuilder {
	expanded := expand(expr)
	return dashboard.NewAnnotationQueryBuilder().Name(name).Enable(true).IconColor(color).Datasource(datasource()).
		Expr(expanded).TitleFormat(title).TextFormat(text).Step("30s").
		Target(prometheus.NewDataqueryBuilder().Expr(expanded).RefId("Anno"))
}

// restarts marks when processes started.
func restarts() *dashboard.AnnotationQueryBuilder {
	return mark("Restarts", bad, "Started", "{{pod}}",
		`max by (pod) (process_start_time_seconds{@,job="chatserver"} * 1000)`).UseValueForTime(true)
}

// rollouts marks when a version came that was not there before.
func rollouts() *dashboard.AnnotationQueryBuilder {
	return mark("Rollouts", neutral, "Rollout", "version {{version}}",
		`count by (version) (chatapp_build_info{@}) unless count by (version) (chatapp_build_info{@} offset 5m)`)
}

// drains marks while replicas send their connections elsewhere.
func drains() *dashboard.AnnotationQueryBuilder {
	return mark("Drains", warning, "Draining", "{{pod}}", `max by (pod) (chatapp_draining{@}) == 1`)
}

// row begins a new line of panels under a title.
func row(title string) cog.Builder[dashboard.RowPanel] {
	return dashboard.NewRowBuilder(title)
}
