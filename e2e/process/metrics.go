package process

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answerLimit is how long a server may take to answer, or replicas to find each other.
const answerLimit = 30 * time.Second

// Metrics reads all series of /metrics, each under its name with labels as written.
func (s *Server) Metrics() (series map[string]float64, err error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: answerLimit}
	response, err := client.Get("http://" + s.Admin + "/metrics")
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("/metrics: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("/metrics: %s", response.Status)
	}
	series = make(map[string]float64)
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		space := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[space+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("/metrics: %q: %w", line, err)
		}
		series[line[:max(space, 0)]] = value
	}
	return series, nil
}
