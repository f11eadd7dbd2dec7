package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Each of these reads one kind of value. Their errors go on where a problem has
// named the flag or variable and its value: "must be …".

func address(text string) (string, error) {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", errors.New("must be HOST:PORT or :PORT")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New("must end with a port from 0 to 65535")
	}
	return text, nil
}

func rate(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 1e6 {
		return 0, errors.New("must be a number from 0 to 1000000")
	}
	return n, nil
}

// auto stands for a value that the server chooses.
const auto = "auto"

// acceptPerProcessor is what half a processor does beside delivering; docs/benchmarks.md
// has what a connection costs.
const acceptPerProcessor = 2500

func acceptRate(text string) (float64, error) {
	if text == auto {
		return float64(acceptPerProcessor * runtime.GOMAXPROCS(0)), nil
	}
	n, err := rate(text)
	if err != nil {
		return 0, errors.New("must be auto or a number from 0 to 1000000")
	}
	return n, nil
}

func whole(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("must be a whole number from %d to %d", least, most)
	}
	return n, nil
}

func duration(text string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most {
		return 0, fmt.Errorf("must be a duration from %s to %s, such as 10s", least, most)
	}
	return d, nil
}

// size reads a number of bytes, alone or followed by KiB or MiB.
func size(text string, least, most int) (int, error) {
	digits, unit := text, 1
	for suffix, each := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			digits, unit = strings.TrimSpace(number), each
		}
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > most/unit || n*unit < least {
		return 0, fmt.Errorf("must be a number of bytes from %dKiB to %dMiB, such as 512KiB", least>>10, most>>20)
	}
	return n * unit, nil
}

func oneOf(text string, choices ...string) (string, error) {
	if !slices.Contains(choices, text) {
		return "", fmt.Errorf("must be one of %s", strings.Join(choices, ", "))
	}
	return text, nil
}

func logLevel(text string) (slog.Level, error) {
	if _, err := oneOf(text, "debug", "info", "warn", "error"); err != nil {
		return 0, err
	}
	var level slog.Level
	err := level.UnmarshalText([]byte(text))
	return level, err
}

// items takes a list apart that has commas between, and leaves out what is empty.
func items(text string) (list []string) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// origins reads a list of origins and writes each as browsers do: lower case and
// without the scheme's own port.
func origins(text string) ([]string, error) {
	var list []string
	for _, item := range items(text) {
		origin, err := origin(item)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, origin) {
			list = append(list, origin)
		}
	}
	if slices.Contains(list, "*") && len(list) > 1 {
		return nil, errors.New("must be either * or a list of origins")
	}
	return list, nil
}

func origin(text string) (string, error) {
	if text == "*" {
		return text, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Contains(u.Host, "*") ||
		u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return "", fmt.Errorf("must hold origins such as https://chat.example.org; %q is none", text)
	}
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return u.Scheme + "://" + host, nil
}
