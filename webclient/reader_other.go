//go:build !unix

package webclient

import "errors"

// direct: here a buffer is held while waiting.
const direct = false

func readOnce(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }

func again(error) bool { return false }
