// Package desired says which objects a ChatRoom should have: pure functions from a
// ChatRoom, and what is known beside it, to objects. One file per kind.
//
// Nothing here asks the cluster, the clock or chance. What has to be made by chance, such
// as passwords, is only listed here (secrets.go); what was made comes in by Input.
package desired
