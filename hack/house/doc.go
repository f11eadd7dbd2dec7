// Package house holds the rules of this house as tests: which package may import
// which and why, that every package says what it is for, and that the documents
// link to files that exist. It has no code of its own.
package house
