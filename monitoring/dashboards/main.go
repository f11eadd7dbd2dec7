// Command dashboards writes Grafana's dashboards as JSON: what they show stands here as
// code, and the files that it makes are checked in, for compose, chart and operator alike.
// In the root of the repository
//
//	go run ./monitoring/dashboards
//
// writes them to where they belong; an argument names another folder.
package main

//go:generate go run . ../grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	folder := "monitoring/grafana"
	switch len(os.Args) {
	case 1:
	case 2:
		folder = os.Args[1]
	default:
		fmt.Fprintln(os.Stderr, "usage: dashboards [FOLDER]")
		os.Exit(2)
	}
	if err := run(folder); err != nil {
		fmt.Fprintln(os.Stderr, "dashboards:", err)
		os.Exit(1)
	}
}

// run writes all dashboards into a folder.
func run(folder string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil { //nolint:gosec // Grafana runs as another user
			return err
		}
	}
	return nil
}

// generate gives the files by their paths. The operator's dashboard is apart: compose has no
// operator, and ChatRooms have the others each for itself.
func generate() (map[string][]byte, error) {
	files := make(map[string][]byte)
	for name, made := range map[string]*builder{
		"dashboards/overview.json": overview(), "dashboards/replicas.json": replicas(), "dashboards/storage.json": storage(),
		"operator/operator.json": operator(),
	} {
		board, err := made.Build()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		number(&board)
		var content bytes.Buffer
		encoder := json.NewEncoder(&content)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(board); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = content.Bytes()
	}
	return files, nil
}

// number gives panels their ids, which links to a panel go by.
func number(board *model) {
	for i, each := range board.Panels {
		id := uint32(i + 1)
		if each.Panel != nil {
			each.Panel.Id = &id
		} else {
			each.RowPanel.Id = id
		}
	}
}
