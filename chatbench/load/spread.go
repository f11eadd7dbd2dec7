package load

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Arrivals says how messages are spread over time.
type Arrivals string

// The arrivals there are. People who do not know of each other make a Poisson
// process.
const (
	Poisson Arrivals = "poisson"
	Uniform Arrivals = "uniform"
)

// Spread gives the times, from the start, at which messages are due: count of them
// within duration, ascending. Poisson times come from the seed alone, so that two
// servers can be given the very same load. (A Poisson process of which the count is
// known is that many independent, evenly distributed times.)
func Spread(arrivals Arrivals, count int, duration time.Duration, seed uint64) ([]time.Duration, error) {
	due := make([]time.Duration, count)
	switch arrivals {
	case Uniform:
		for i := range due {
			due[i] = time.Duration(float64(duration) * float64(i) / float64(count))
		}
	case Poisson:
		// The spacings of exponential times, scaled, are the sorted even ones.
		random := rand.New(rand.NewPCG(seed, uint64(count)))
		at, ends := 0.0, make([]float64, count+1)
		for i := range ends {
			at += random.ExpFloat64()
			ends[i] = at
		}
		for i := range due {
			due[i] = time.Duration(float64(duration) * ends[i] / at)
		}
	default:
		return nil, fmt.Errorf("arrivals %q: %q or %q", arrivals, Poisson, Uniform)
	}
	return due, nil
}
