package load

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of a Histogram; what is beyond counts as the end.
const (
	histogramMin = time.Microsecond
	histogramMax = 2 * time.Minute
)

// Histogram counts durations of 1 us to 2 min to three digits. Percentiles of
// several are had by merging them, never by averaging. In JSON it is an
// HdrHistogram in the compressed V2 encoding, base64.
type Histogram struct{ h *hdrhistogram.Histogram }

// NewHistogram makes an empty one.
func NewHistogram() Histogram {
	return Histogram{hdrhistogram.New(1, int64(histogramMax/time.Microsecond), 3)}
}

// Record counts one duration.
func (h Histogram) Record(d time.Duration) {
	d = min(max(d, histogramMin), histogramMax)
	_ = h.h.RecordValue(int64(d / time.Microsecond)) // fails only outside of the range
}

// Count is how many durations were recorded.
func (h Histogram) Count() int64 {
	if h.h == nil {
		return 0
	}
	return h.h.TotalCount()
}

// Quantile is the duration that the fraction q of all are at or below; 0 when
// there are none.
func (h Histogram) Quantile(q float64) time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.h.ValueAtQuantile(100*q)) * time.Microsecond
}

// Merge adds what the other holds.
func (h Histogram) Merge(other Histogram) {
	if other.h != nil {
		h.h.Merge(other.h)
	}
}

// Reset empties it.
func (h Histogram) Reset() { h.h.Reset() }

// MarshalJSON writes it whole.
func (h Histogram) MarshalJSON() ([]byte, error) {
	if h.h == nil {
		return []byte("null"), nil
	}
	encoded, err := h.h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, fmt.Errorf("encode histogram: %w", err)
	}
	return json.Marshal(string(encoded)) // Encode gives base64 already
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (h *Histogram) UnmarshalJSON(b []byte) error {
	var encoded *string
	if err := json.Unmarshal(b, &encoded); err != nil {
		return fmt.Errorf("histogram: %w", err)
	}
	if encoded == nil {
		h.h = nil
		return nil
	}
	decoded, err := hdrhistogram.Decode([]byte(*encoded))
	if err != nil {
		return fmt.Errorf("decode histogram: %w", err)
	}
	h.h = decoded
	return nil
}
