// Package proc starts the processes that are measured, reads what they cost, and
// ends them by their ids, whatever happens. Linux only.
package proc
