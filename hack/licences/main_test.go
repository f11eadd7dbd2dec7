package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const root = "../.."

func TestTheDocumentIsFresh(t *testing.T) {
	// Read here, so that the go command repeats this test when one of them has changed.
	for _, cause := range []string{"go.mod", "go.sum"} {
		if _, err := os.ReadFile(filepath.Join(root, cause)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is stale; run: make licences\n%s", document, diff)
	}
	for _, must := range []string{"| github.com/gorilla/websocket |", "| go.mongodb.org/mongo-driver/v2 |", "| react |"} {
		if !strings.Contains(string(got), must) {
			t.Errorf("%s is not in %s", must, document)
		}
	}
}

func TestWhatMustNotBeShipped(t *testing.T) {
	for name, test := range map[string]struct {
		licences []string
		want     string
	}{
		"fine":     {[]string{"MIT", "Apache-2.0"}, ""},
		"none":     {nil, "x has no licence that is recognised"},
		"copyleft": {[]string{"MIT", "GPL"}, "x is under GPL, which is not allowed"},
	} {
		got := ""
		if err := check([]dependency{{"x", "v1", test.licences}}); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestRecognise(t *testing.T) {
	const bsd = "Redistribution and use in source\nand binary forms, with or without modification, are permitted"
	for text, want := range map[string][]string{
		"                  Apache License\n  Version 2.0, January 2004": {"Apache-2.0"},
		"Permission is hereby granted, free of\n charge, to any person": {"MIT"},
		bsd: {"BSD-2-Clause"},
		bsd + " … may be used to endorse or promote products":                                  {"BSD-3-Clause"},
		bsd + " All advertising materials … to endorse or promote products":                    {"BSD-4-Clause"},
		"GNU AFFERO GENERAL PUBLIC LICENSE":                                                    {"GPL"},
		"Server Side Public License":                                                           {"SSPL"},
		"Do what you like.":                                                                    nil,
		"Apache License Version 2.0 … and parts: Permission is hereby granted, free of charge": {"Apache-2.0", "MIT"},
	} {
		if got := recognise([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "LICENSE.txt"), []byte("Ours alone."), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := licencesIn(folder); err != nil || check([]dependency{{"x", "v1", got}}) == nil {
		t.Errorf("%q, %v", got, err)
	}
}
