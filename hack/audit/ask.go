package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"strings"
)

// vulncheck asks about all programs, built as they are shipped, and their tests.
func vulncheck(ctx context.Context, database string) ([]finding, error) {
	command := exec.CommandContext(ctx, "build/tools/govulncheck", "-db", database, "-format", "json", "-test", "-tags", "embedclient,grpcnotrace", "./...") //nolint:gosec // an address that whoever runs it gives
	output, problem, err := run(command)
	if err != nil {
		return nil, fmt.Errorf("nothing is known of the Go modules: the database at %s was not read: %w: %s", database, err, problem)
	}
	return vulncheckFindings(bytes.NewReader(output))
}

// vulncheckFindings reads govulncheck's messages. What counts is what a program can
// come to call.
func vulncheckFindings(messages io.Reader) ([]finding, error) {
	var found []finding
	summaries := map[string]string{}
	asked := false
	for decoder := json.NewDecoder(messages); ; {
		var message struct {
			Config *struct{} `json:"config"`
			OSV    *struct {
				ID      string `json:"id"`
				Summary string `json:"summary"`
			} `json:"osv"`
			Finding *struct {
				OSV   string `json:"osv"`
				Fixed string `json:"fixed_version"`
				Trace []struct {
					Module   string `json:"module"`
					Version  string `json:"version"`
					Function string `json:"function"`
				} `json:"trace"`
			} `json:"finding"`
		}
		err := decoder.Decode(&message)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading what govulncheck says: %w", err)
		}
		asked = asked || message.Config != nil
		if message.OSV != nil {
			summaries[message.OSV.ID] = message.OSV.Summary
		}
		if f := message.Finding; f != nil && len(f.Trace) > 0 && f.Trace[0].Function != "" {
			where := f.Trace[0]
			found = append(found, finding{f.OSV, fmt.Sprintf("%s@%s: %s Fixed in %q.", where.Module, where.Version, summaries[f.OSV], f.Fixed)})
		}
	}
	if !asked {
		return nil, errors.New("govulncheck said nothing")
	}
	return found, nil
}

// npmAudit asks about the packages of a folder, those for development included: they
// make what is shipped.
func npmAudit(ctx context.Context, folder, registry string) ([]finding, error) {
	args := []string{"audit", "--json"}
	if registry != "" {
		args = append(args, "--registry", registry)
	}
	command := exec.CommandContext(ctx, "npm", args...)
	command.Dir = folder
	output, problem, err := run(command)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // npm ends with 1 when it finds something
		return nil, fmt.Errorf("npm: %w", err)
	}
	found, err := npmFindings(output)
	if err != nil {
		return nil, fmt.Errorf("nothing is known of the npm packages in %s: the registry's advisories were not read: %w: %s", folder, err, problem)
	}
	return found, nil
}

// npmFindings reads npm's report. One that cannot be made holds a message instead.
func npmFindings(report []byte) ([]finding, error) {
	var audit struct {
		Message         string `json:"message"`
		Vulnerabilities map[string]struct {
			Via []json.RawMessage `json:"via"` // advisories, and names of packages that have some
		} `json:"vulnerabilities"`
		Metadata *struct{} `json:"metadata"`
	}
	if err := json.Unmarshal(report, &audit); err != nil {
		return nil, err
	}
	if audit.Metadata == nil || audit.Vulnerabilities == nil {
		return nil, fmt.Errorf("npm made no report (%q)", audit.Message)
	}
	var found []finding
	for _, vulnerability := range audit.Vulnerabilities {
		for _, via := range vulnerability.Via {
			var advisory struct{ URL, Title, Name, Range string }
			if bytes.HasPrefix(via, []byte(`"`)) {
				continue // told where it comes from
			}
			if err := json.Unmarshal(via, &advisory); err != nil {
				return nil, err
			}
			found = append(found, finding{path.Base(advisory.URL), fmt.Sprintf("%s@%s: %s.", advisory.Name, advisory.Range, advisory.Title)})
		}
	}
	return found, nil
}

// run gives what a command wrote to its output, and the last line that it complained.
func run(command *exec.Cmd) (output []byte, problem string, err error) {
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err = command.Output()
	lines := strings.Split(strings.TrimSpace(complaints.String()), "\n")
	return output, lines[0], err
}
