//go:build embedclient

package client

import (
	"embed"
	"io/fs"
)

// all: because bundlers give chunks names that begin with an underscore.
//
//go:embed all:dist
var dist embed.FS

// Files are the web client's files; the root holds index.html.
func Files() fs.FS { return mustSub(dist, "dist") }
