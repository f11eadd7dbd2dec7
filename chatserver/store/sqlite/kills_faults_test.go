//go:build faults

package sqlite_test

// kills is how often a writer is killed by make faults.
const kills = 200
