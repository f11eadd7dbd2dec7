// Command audit asks the vulnerability databases of Go and npm about everything that
// Parley is made of. It fails for what they know and accepted.json does not explain, for
// explanations that nothing needs any more, and when a database cannot be asked: nobody
// then knows that all is well.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

const limit = 15 * time.Minute

//go:embed accepted.json
var accepted []byte

// exception is something known that is left as it is, and why.
type exception struct {
	ID  string `json:"id"` // GO-… or GHSA-…
	Why string `json:"why"`
}

func main() {
	database := flag.String("database", "https://vuln.go.dev", "where govulncheck reads the Go vulnerability database")
	registry := flag.String("registry", "", "the npm registry that is asked; npm's own setting if empty")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := audit(ctx, *database, *registry); err != nil {
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1) //nolint:gocritic // nothing is left that the deferred cancel would end
	}
}

// audit asks every database, also when one of them fails.
func audit(ctx context.Context, database, registry string) error {
	var explained []exception
	if err := json.Unmarshal(accepted, &explained); err != nil {
		return fmt.Errorf("accepted.json: %w", err)
	}
	found, err := vulncheck(ctx, database)
	for _, folder := range []string{"client", "e2e/browser"} {
		more, problem := npmAudit(ctx, folder, registry)
		found, err = append(found, more...), errors.Join(err, problem)
	}
	return errors.Join(err, judge(found, explained, err == nil))
}

// finding is one known vulnerability in something that Parley uses.
type finding struct {
	id    string
	about string // a sentence, or where it is
}

// judge tells what is not explained, and if everything could be asked, what is
// explained and not found.
func judge(found []finding, explained []exception, whole bool) error {
	var err error
	needed := map[string]bool{}
	for _, f := range found {
		needed[f.id] = true
	}
	known := map[string]bool{}
	for _, e := range explained {
		known[e.ID] = true
		if e.Why == "" {
			err = errors.Join(err, fmt.Errorf("%s is accepted without a reason", e.ID))
		}
		if whole && !needed[e.ID] {
			err = errors.Join(err, fmt.Errorf("%s is accepted, but not found any more: take it out of accepted.json", e.ID))
		}
	}
	told := map[finding]bool{}
	for _, f := range found {
		if !known[f.id] && !told[f] {
			told[f] = true
			err = errors.Join(err, fmt.Errorf("%s: %s", f.id, f.about))
		}
	}
	if err == nil && whole {
		fmt.Printf("audit: %d known vulnerabilities are reached, %d are explained\n", len(needed), len(explained))
	}
	return err
}
