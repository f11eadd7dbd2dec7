package config

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTracing(t *testing.T) {
	got, err := parse([]string{"--trace-ratio", "1"}, environment(map[string]string{"PARLEY_OTLP_ENDPOINT": "https://otlp.example.org/otlp"}), io.Discard, plenty)
	if want := (Tracing{Endpoint: "https://otlp.example.org/otlp", Ratio: 1}); err != nil || got.Tracing != want {
		t.Errorf("%+v, %v; want %+v", got.Tracing, err, want)
	}
}

func TestTracingProblems(t *testing.T) {
	const where = "--otlp-endpoint must be a URL such as http://localhost:4318, without a user and a query"
	for _, test := range []struct {
		flag, text, want string
	}{
		{"--otlp-endpoint", "localhost:4318", where},
		{"--otlp-endpoint", "grpc://localhost:4317", where},
		{"--otlp-endpoint", "http://", where},
		{"--otlp-endpoint", "http://anna:secret@localhost:4318", where},
		{"--otlp-endpoint", "http://localhost:4318?key=secret", where},
		{"--trace-ratio", "half", `--trace-ratio "half" must be a number from 0 to 1`},
		{"--trace-ratio", "1.1", `--trace-ratio "1.1" must be a number from 0 to 1`},
		{"--trace-ratio", "-0.1", `--trace-ratio "-0.1" must be a number from 0 to 1`},
		{"--trace-ratio", "NaN", `--trace-ratio "NaN" must be a number from 0 to 1`},
	} {
		_, err := parse([]string{test.flag, test.text}, environment(nil), io.Discard, plenty)
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s %s: %v", test.flag, test.text, err)
		} else if diff := cmp.Diff(Problems{test.want}, problems); diff != "" {
			t.Errorf("%s %s: -want +got:\n%s", test.flag, test.text, diff)
		}
	}
}
