//go:build race

package program_test

// raceDetector tells whether the program is to be built with the race detector.
const raceDetector = true
