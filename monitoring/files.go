package monitoring

import "embed"

// Files are prometheus/rules and grafana/dashboards.
//
//go:embed prometheus/rules/*.yml grafana/dashboards/*.json
var Files embed.FS
