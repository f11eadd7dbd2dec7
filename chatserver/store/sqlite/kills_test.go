//go:build !faults

package sqlite_test

// kills is how often a writer is killed; with the build tag faults it is oftener.
const kills = 10
