package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// install copies what mongod reads into a folder of its own. A key that more than its
// owner may read is refused by mongod, and a Secret's files are a group's.
func install(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("member install", flag.ContinueOnError)
	flags.SetOutput(stderr)
	keyFile := flags.String("keyfile", "", "`file` with the key of the replica set")
	to := flags.String("to", "", "`folder` that mongod's container has too")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *keyFile == "" || *to == "" {
		return fmt.Errorf("--keyfile and --to are needed: %w", errUsage)
	}
	if err := copied(filepath.Join(*to, "keyfile"), 0o400, *keyFile); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	return copied(filepath.Join(*to, "member"), 0o500, self)
}

// copied copies a file. It replaces what was there, since a container may be started again
// in its pod.
func copied(path string, mode os.FileMode, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("copying: %w", err)
	}
	part := path + ".part"
	_ = os.Remove(part)                                       // of an attempt that was cut short
	if err := os.WriteFile(part, content, mode); err != nil { //nolint:gosec // where the pod says
		return fmt.Errorf("copying: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("copying: %w", err)
	}
	return nil
}
