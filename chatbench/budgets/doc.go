// Package budgets measures the chat server against its budgets, and beside it, in
// turns and under the same load, the floor (package floor): what a figure comes to
// on a machine is only known by what a bare write costs there. Linux only.
package budgets
