// Package client gives Go programs the built web client.
//
// The build tag embedclient decides whether it is inside. `make build` builds the
// client and sets the tag. Without the tag a page says that the client was not
// built: so `go build`, `go vet` and `go test` work on a fresh clone, need no
// generated file in the repository, and never pick up a dist folder that is older
// than the sources beside it.
package client

import "io/fs"

// mustSub panics only if the folder's name is malformed, and it is a constant.
func mustSub(files fs.FS, folder string) fs.FS {
	sub, err := fs.Sub(files, folder)
	if err != nil {
		panic(err)
	}
	return sub
}
