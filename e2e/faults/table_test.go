//go:build faults && linux

package faults_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// conclude shows the table and keeps the results.
func conclude(t *testing.T, tried []result, took time.Duration) {
	t.Helper()
	if len(tried) == 0 {
		t.Fatal("no fault was tried")
	}
	fmt.Print(table(tried))
	var sum history.Counts
	for _, r := range tried {
		sum = sum.Plus(r.Counts)
	}
	fmt.Printf("faults: %s\nfaults: seed %d, %v on %d processors\n", sum, *seed, took.Round(time.Second), runtime.NumCPU())
	content, err := json.MarshalIndent(map[string]any{"seed": *seed, "took_ns": took, "processors": runtime.NumCPU(), "tried": tried}, "", "\t")
	if err == nil {
		err = os.MkdirAll(*results, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(*results, "result.json"), append(content, '\n'), 0o644)
	}
	if err == nil && *writeDocs {
		err = document(tried, sum, took)
	}
	if err != nil {
		t.Error(err)
	}
}

// table is for people before a terminal, who may see no more than the end of what was printed.
func table(tried []result) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\ttimes\toperations\tacked\tdeliveries\tlost\tdoubled\treordered\tgone\toutage\ton a server\twhole\theap\tgoroutines\tdescriptors\t")
	for _, r := range tried {
		verdict := "ok"
		if len(r.Problems) > 0 {
			verdict = fmt.Sprintf("FAILED (%d)", len(r.Problems))
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%.0f→%.0f\t%.0f→%.0f\t%s\n", r.Fault, r.Injected, r.Operations, r.Acknowledged, r.Deliveries,
			r.Lost, r.Doubled, r.Reordered, r.Gone, seconds(r.Outage), seconds(r.OutageReplica), seconds(r.Whole), r.memory(),
			r.Before.Goroutines, r.After.Goroutines, r.Before.Descriptors, r.After.Descriptors, verdict)
	}
	_ = w.Flush() // never fails
	for _, r := range tried {
		for _, problem := range r.Problems {
			fmt.Fprintf(&b, "%s: %s\n", r.Fault, problem)
		}
	}
	return b.String()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func (r result) memory() string {
	return fmt.Sprintf("%.1f→%.1f MB", r.Before.Heap/1e6, r.After.Heap/1e6)
}

// The marks of what is written in docs/reliability.md.
const (
	opening = "<!-- what follows is written by make faults -->\n"
	closing = "<!-- end -->\n"
)

// document writes the tables of docs/reliability.md.
func document(tried []result, sum history.Counts, took time.Duration) error {
	const path = "../../docs/reliability.md"
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(page, []byte(opening))
	_, after, found := bytes.Cut(rest, []byte(closing))
	if !ok || !found {
		return fmt.Errorf("%s has no place for the tables", path)
	}
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(opening)
	fmt.Fprintf(&b, "\nSeed %d; %v on %d processors, everything on one machine. In all %s.\n\n", *seed, took.Round(time.Second), runtime.NumCPU(), sum)
	b.WriteString("| fault | what is done | what is promised |\n|---|---|---|\n")
	for _, f := range all() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.name, f.how, f.promise)
	}
	b.WriteString("\n| fault | times | operations | acknowledged | deliveries | lost | doubled | reordered | gone | longest without an acknowledgement in a channel | on a server | whole again after | memory |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range tried {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %s | %s | %s | %s |\n", r.Fault, r.Injected, r.Operations, r.Acknowledged, r.Deliveries,
			r.Lost, r.Doubled, r.Reordered, r.Gone, seconds(r.Outage), seconds(r.OutageReplica), seconds(r.Whole), r.memory())
	}
	b.WriteString("\n" + closing)
	b.Write(after)
	return os.WriteFile(path, b.Bytes(), 0o644)
}
