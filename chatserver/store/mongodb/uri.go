package mongodb

import (
	"fmt"
	"net/url"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// defaultDatabase is used when the uri names none.
const defaultDatabase = "parley"

// parse makes the client's options and the database's name from a uri.
func parse(uri string) (*options.ClientOptions, string, error) {
	parts, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s", ErrURI, reason(uri, err))
	}
	o := demand(clientDefaults().ApplyURI(uri))
	if err := o.Validate(); err != nil {
		return nil, "", fmt.Errorf("%w: %s", ErrURI, reason(uri, err))
	}
	if parts.Database == "" {
		return o, defaultDatabase, nil
	}
	return o, parts.Database, nil
}

// reason gives the text of an error about a uri, unless a part of the uri that may
// be a password is in it: a wrongly written one can end up where a host or a port
// is expected, and be quoted there.
func reason(uri string, err error) string {
	text := err.Error()
	for _, secret := range secrets(uri) {
		if strings.Contains(text, secret) {
			return "it must have the form mongodb://[user:password@]host[:port][,...][/database][?options], " +
				"with : / ? # [ ] @ % in user and password percent-encoded"
		}
	}
	return text
}

// secrets gives all parts of a uri that may be of a password: of everything but
// the scheme and the names of its options.
func secrets(uri string) []string {
	_, rest, ok := strings.Cut(uri, "://")
	if !ok {
		rest = uri
	}
	var secrets []string
	add := func(part string) {
		if part == "" {
			return
		}
		secrets = append(secrets, part)
		if plain, err := url.PathUnescape(part); err == nil && plain != part {
			secrets = append(secrets, plain)
		}
		for i, r := range part { // an escape that is none is quoted alone
			if r == '%' {
				secrets = append(secrets, part[i:min(i+3, len(part))])
			}
		}
	}
	authority := rest
	// Without an @ a forgotten host may have made the password a port.
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		authority = rest[:at]
		for option := range strings.SplitSeq(rest[at:], "&") {
			if name, value, ok := strings.Cut(option, "="); ok && secretOption(name) {
				add(value)
			}
		}
	}
	for _, part := range strings.FieldsFunc(authority, func(r rune) bool { return strings.ContainsRune(":/@,?#&", r) }) {
		add(part)
	}
	return secrets
}

// secretOption tells whether an option's value is or may hold a secret.
func secretOption(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "authmechanismproperties")
}
