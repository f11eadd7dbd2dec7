// Package report writes what a benchmark found: a table for people, JSON for
// programs. It judges nothing.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// Verdict says what a row came to.
type Verdict string

// The verdicts. Only OK and Smoke let a run pass.
const (
	OK      Verdict = "ok"
	Over    Verdict = "OVER"    // measured, and the goal is missed
	Invalid Verdict = "INVALID" // events were lost, or the generator could not keep up: the figure means nothing
	Missing Verdict = "MISSING" // could not be measured
	Smoke   Verdict = "smoke"   // a run too short for its figures to be judged
)

// Passes tells whether the verdict lets a run pass.
func (v Verdict) Passes() bool { return v == OK || v == Smoke }

// Row is one budget. A figure that there is not is nil.
type Row struct {
	Budget  string   `json:"budget"`
	Goal    string   `json:"goal"`
	Unit    string   `json:"unit"` // of Floor and Server
	Floor   *float64 `json:"floor,omitempty"`
	Server  *float64 `json:"server,omitempty"`
	Ratio   *float64 `json:"ratio,omitempty"`
	Verdict Verdict  `json:"verdict"`
	Note    string   `json:"note,omitempty"`
}

// Machine is what was measured on.
type Machine struct {
	System string `json:"system"` // kernel and its release
	CPU    string `json:"cpu"`    // model
	CPUs   int    `json:"cpus"`   // that the benchmark may use
	Go     string `json:"go"`     // that built chatbench
}

// NewMachine describes the one that this runs on; system and cpu are as the
// operating system tells them.
func NewMachine(system, cpu string) Machine {
	return Machine{System: system, CPU: cpu, CPUs: runtime.NumCPU(), Go: runtime.Version()}
}

// Report is one run of a benchmark.
type Report struct {
	Started  time.Time         `json:"started"`
	Took     time.Duration     `json:"took"`
	Machine  Machine           `json:"machine"`
	Settings map[string]string `json:"settings"`
	Rows     []Row             `json:"rows"`
	Samples  any               `json:"samples"` // whatever the rows were computed from
}

// Passes tells whether every row does. A report without rows does not.
func (r Report) Passes() bool {
	for _, row := range r.Rows {
		if !row.Verdict.Passes() {
			return false
		}
	}
	return len(r.Rows) > 0
}

// WriteTable writes the rows as a table that is also Markdown, and the notes below.
func (r Report) WriteTable(w io.Writer) error {
	var table strings.Builder
	columns := tabwriter.NewWriter(&table, 0, 0, 1, ' ', 0)
	line := func(cells ...string) {
		fmt.Fprintf(columns, "| %s\t|\n", strings.Join(cells, "\t| "))
	}
	header := []string{"budget", "goal", "floor", "server", "ratio", "ok"}
	line(header...)
	rule := make([]string, len(header))
	for i := range rule {
		rule[i] = "---"
	}
	line(rule...)
	for _, row := range r.Rows {
		line(row.Budget, row.Goal, figure(row.Floor, row.Unit), figure(row.Server, row.Unit), figure(row.Ratio, "x"), string(row.Verdict))
	}
	if err := columns.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	for _, row := range r.Rows {
		if row.Note != "" {
			fmt.Fprintf(&table, "\n%s: %s", row.Budget, row.Note)
		}
	}
	if _, err := fmt.Fprintln(w, table.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// figure writes three digits, more if they stand before the point.
func figure(v *float64, unit string) string {
	if v == nil {
		return "-"
	}
	text := strconv.FormatFloat(*v, 'g', 3, 64)
	if *v >= 100 || *v <= -100 {
		text = group(strconv.FormatFloat(*v, 'f', 0, 64))
	}
	if utf8.RuneCountInString(unit) > 1 {
		return text + " " + unit
	}
	return text + unit
}

// group puts commas between thousands.
func group(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// WriteJSON writes all of the report.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
