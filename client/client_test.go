package client_test

import (
	"bytes"
	"io/fs"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestThereIsAPage(t *testing.T) {
	page, err := fs.ReadFile(client.Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(bytes.ToLower(page), []byte("<!doctype html>")) {
		t.Errorf("index.html is no page:\n%s", page)
	}
}
