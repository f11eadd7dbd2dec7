package replicaset

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	keyBytes      = 756 // 1,008 characters of the 1,024 that a key may have
	passwordBytes = 24

	leastKey, mostKey = 6, 1024 // characters of a key, white space aside
	mostKeys          = 2       // in a keyFile
)

// NewKeyFile makes the text of a new keyFile. A set keeps the one that it has: members
// with another do not let each other in.
func NewKeyFile() string { return base64.StdEncoding.EncodeToString(random(keyBytes)) }

// AddKey makes the text of a keyFile with a second, new key beside the first. When all
// members have been restarted with it they let each other in by both.
func AddKey(text string) string { return "- " + Keys(text)[0] + "\n- " + NewKeyFile() + "\n" }

// DropKey makes the text of the keyFile with the last key alone. It is for when all members
// know that one.
func DropKey(text string) string {
	keys := Keys(text)
	return keys[len(keys)-1]
}

// Keys are a keyFile's keys, at least one, as mongod reads them: a text is one key however
// it is broken into lines, and a list of YAML is several.
func Keys(text string) (keys []string) {
	for line := range strings.Lines(text) {
		key, listed := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if listed {
			keys = append(keys, strings.TrimSpace(key))
		}
	}
	if len(keys) == 0 {
		return []string{strings.Join(strings.Fields(text), "")}
	}
	return keys
}

func keyFileProblem(text string) string {
	keys := Keys(text)
	if len(keys) > mostKeys {
		return fmt.Sprintf("a keyFile has one key or two, this one has %d", len(keys))
	}
	for _, key := range keys {
		if len(key) < leastKey || len(key) > mostKey {
			return fmt.Sprintf("a key has %d to %d characters, this one has %d", leastKey, mostKey, len(key))
		}
		for _, c := range key {
			if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", c) {
				return "a key holds base64 characters alone"
			}
		}
	}
	return ""
}

// NewPassword makes a password of 192 random bits that needs no escaping in a URI.
func NewPassword() string { return base64.RawURLEncoding.EncodeToString(random(passwordBytes)) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it does not fail: see its documentation
	return b
}
