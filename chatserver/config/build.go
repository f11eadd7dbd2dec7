package config

import "runtime/debug"

// stamped is the version, put here by builds that the go command knows nothing about,
// such as those of images, which have no repository:
//
//	-ldflags '-X github.com/parley-chat/parley/chatserver/config.stamped=v1.2.3'
var stamped string

// Version says which build this is: what it was stamped with, else what the go command
// recorded, else "unknown".
func Version() string {
	if stamped != "" {
		return stamped
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
