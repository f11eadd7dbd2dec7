// Package engine runs the log engine over the real stores, with faults put between
// the two: what the engine's own tests do over a store in memory, here with every
// store that one can choose.
package engine
