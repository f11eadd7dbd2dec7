package controllers

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"
)

var moment = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

// ofMembers is a certificate for members' names at that moment.
func ofMembers(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = moment.Add(-time.Hour), moment.Add(30*24*time.Hour)
	c.DNSNames = []string{"db.chat.svc", "*.db.chat.svc"}
}

// TestCertificate: what members could not use does not reach them, and is said in words.
func TestCertificate(t *testing.T) {
	other, otherKey := Signed(t, ofMembers)
	for name, test := range map[string]struct {
		made   func(*x509.Certificate)
		change func(*certificate)
		says   string // empty: it can be used
	}{
		"right":                   {},
		"no authorities":          {change: func(c *certificate) { c.authorities = nil }, says: "lacks the key ca.crt"},
		"no key":                  {change: func(c *certificate) { c.key = nil }, says: "lacks the key tls.key"},
		"no certificate":          {change: func(c *certificate) { c.chain = nil }, says: "lacks the key tls.crt"},
		"another's key":           {change: func(c *certificate) { c.key = otherKey }, says: "do not belong together"},
		"no PEM":                  {change: func(c *certificate) { c.chain = []byte("x") }, says: "no PEM"},
		"authorities are no PEM":  {change: func(c *certificate) { c.authorities = []byte("x") }, says: "ca.crt holds no certificate"},
		"signed by somebody else": {change: func(c *certificate) { c.authorities = other }, says: "authority"},
		"expired":                 {change: func(c *certificate) { c.now = moment.Add(31 * 24 * time.Hour) }, says: "expired"},
		"for another name":        {made: func(c *x509.Certificate) { c.DNSNames = []string{"db.chat.svc"} }, says: "db-0.db.chat.svc"},
		"for servers alone":       {made: func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[:1] }, says: "key usage"},
		"for clients alone":       {made: func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[1:] }, says: "key usage"},
	} {
		t.Run(name, func(t *testing.T) {
			chain, key := Signed(t, func(c *x509.Certificate) {
				if ofMembers(c); test.made != nil {
					test.made(c)
				}
			})
			c := certificate{chain: chain, key: key, authorities: chain, hosts: []string{"db.chat.svc", "db-0.db.chat.svc"}, now: moment}
			if test.change != nil {
				test.change(&c)
			}
			if got := c.problem(); (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
				t.Errorf("it says %q, want %q", got, test.says)
			}
		})
	}
}

func TestCertificatePair(t *testing.T) {
	chain, key := Signed(t, ofMembers)
	c := certificate{chain: bytes.TrimRight(chain, "\n"), key: bytes.TrimRight(key, "\n"), now: moment}
	if _, err := tls.X509KeyPair(c.pair(), c.pair()); err != nil {
		t.Errorf("%v:\n%s", err, c.pair()[:60])
	}
	if left := c.left(); left != 30*24*time.Hour {
		t.Errorf("%v are left", left)
	}
}
