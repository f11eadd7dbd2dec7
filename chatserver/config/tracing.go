package config

import (
	"errors"
	"net/url"
	"strconv"
)

// Tracing says how many of the changes are traced, and who is told.
type Tracing struct {
	Endpoint string  // the base URL of an OTLP collector; empty: nothing is traced
	Ratio    float64 // of the changes that are traced, 0 to 1
}

// tracing are the settings of traces.
func tracing() []setting {
	return []setting{
		{
			flag: "otlp-endpoint", env: "PARLEY_OTLP_ENDPOINT", argument: "URL", secret: true, // if somebody puts a password into it
			help: "a collector of traces that takes OTLP over HTTP, such as http://localhost:4318; without it nothing is traced",
			set: func(c *Config, text string) (err error) {
				c.Tracing.Endpoint, err = collector(text)
				return err
			},
		}, {
			flag: "trace-ratio", env: "PARLEY_TRACE_RATIO", initial: "0.01", argument: "N",
			help: "how many of the messages are traced, from 0 for none to 1 for all",
			set:  func(c *Config, text string) (err error) { c.Tracing.Ratio, err = ratio(text); return err },
		},
	}
}

func collector(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("must be a URL such as http://localhost:4318, without a user and a query")
	}
	return text, nil
}

func ratio(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= 1) { // NaN is neither
		return 0, errors.New("must be a number from 0 to 1")
	}
	return n, nil
}
