package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const listLimit = 5 * time.Minute // the go command may have to get modules first

// goModules gives the modules that the programs are built from, as they are shipped: that the
// client is embedded, too, brings none and would need it to be built.
func goModules(root string) ([]dependency, error) {
	const format = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}"
	ctx, cancel := context.WithTimeout(context.Background(), listLimit)
	defer cancel()
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-tags", "grpcnotrace", "-f", format, "./cmd/...")
	list.Dir = root
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the modules: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	slices.Sort(lines)
	var all []dependency
	for _, line := range slices.Compact(lines) {
		module := strings.SplitN(line, " ", 3)
		if len(module) != 3 {
			continue // a package of Go's own or of ours
		}
		licences, err := licencesIn(module[2])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", module[0], err)
		}
		all = append(all, dependency{module[0], module[1], licences})
	}
	return all, nil
}

// npmPackages gives what the web client is bundled from, by its lock file.
func npmPackages(lock string) ([]dependency, error) {
	text, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	var locked struct {
		Packages map[string]struct {
			Version, License       string
			Dev, DevOptional, Peer bool
		}
	}
	if err := json.Unmarshal(text, &locked); err != nil {
		return nil, fmt.Errorf("%s: %w", lock, err)
	}
	var all []dependency
	for folder, p := range locked.Packages {
		if folder == "" || p.Dev || p.DevOptional || p.Peer {
			continue // ours, or what only helps to make it
		}
		d := dependency{name: strings.TrimPrefix(folder, "node_modules/"), version: p.Version}
		if p.License != "" {
			d.licences = []string{p.License}
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return nil, errors.New("the client's lock file lists nothing that is shipped")
	}
	return all, nil
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)`)

// licencesIn recognises the licences of the files that lie at the top of a folder. One
// that is not recognised is named after its file.
func licencesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) || entry.Name() == "LICENSE-LOGO" {
			continue // a picture in somebody's README is not shipped
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		licences := recognise(text)
		if len(licences) == 0 {
			licences = []string{"the unknown licence in its " + entry.Name()}
		}
		found = append(found, licences...)
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// recognise tells the licences whose words stand in a text; one file may hold several.
func recognise(text []byte) []string {
	words := string(bytes.Join(bytes.Fields(text), []byte(" ")))
	says := func(sentence string) bool { return strings.Contains(words, sentence) }
	var found []string
	add := func(id string, is bool) {
		if is {
			found = append(found, id)
		}
	}
	redistribution := says("Redistribution and use in source and binary forms")
	add("Apache-2.0", says("Apache License Version 2.0") || says("Licensed under the Apache License, Version 2.0"))
	add("BSD-2-Clause", redistribution && !says("to endorse or promote products"))
	add("BSD-3-Clause", redistribution && says("to endorse or promote products") && !says("All advertising materials"))
	add("BSD-4-Clause", redistribution && says("All advertising materials"))
	add("ISC", says("Permission to use, copy, modify, and") && says("provided that the above copyright notice and this permission notice appear in all copies"))
	add("MIT", says("Permission is hereby granted, free of charge"))
	add("MPL-2.0", says("Mozilla Public License Version 2.0") || says("Mozilla Public License, version 2.0"))
	add("GPL", says("GNU GENERAL PUBLIC LICENSE") || says("GNU AFFERO GENERAL PUBLIC LICENSE") || says("GNU LESSER GENERAL PUBLIC LICENSE"))
	add("LicenseRef-Public-Domain", says("dedicated to the public domain by the authors"))
	add("SSPL", says("Server Side Public License"))
	return found
}
