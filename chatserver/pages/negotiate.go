package pages

import (
	"strconv"
	"strings"
)

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3): gzip, or anything by
// *, unless its weight is 0.
func acceptsGzip(headers []string) bool {
	gzip, wildcard := -1.0, -1.0 // weights; -1: not mentioned
	for item := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		coding, parameter, _ := strings.Cut(item, ";")
		weight := 1.0
		if text, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(parameter), " ", ""), "q="); ok {
			q, err := strconv.ParseFloat(text, 64)
			if err != nil {
				continue
			}
			weight = q
		}
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip":
			gzip = weight
		case "*":
			wildcard = weight
		}
	}
	return gzip > 0 || gzip < 0 && wildcard > 0
}

// matches reads If-None-Match (RFC 9110 section 13.1.2), comparing weakly.
func matches(headers []string, etag string) bool {
	for item := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == etag {
			return true
		}
	}
	return false
}
