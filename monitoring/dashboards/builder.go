package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// The SDK recommends its newer schema, which Grafana reads from files only as a preview.
// So the classic one stays, and stands here alone.
type (
	builder = dashboard.DashboardBuilder //nolint:staticcheck // see above
	model   = dashboard.Dashboard        //nolint:staticcheck // see above
)

func newBuilder(title string) *builder {
	return dashboard.NewDashboardBuilder(title) //nolint:staticcheck // see above
}
