//go:build !embedclient

package client

import (
	"embed"
	"io/fs"
)

//go:embed notbuilt
var page embed.FS

// Files are a page that says that the client was not built; the root holds
// index.html.
func Files() fs.FS { return mustSub(page, "notbuilt") }
