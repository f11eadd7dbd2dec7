package controllers

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// soon is how long before its end a certificate that was not renewed is spoken of.
// cert-manager renews when a third of the time is left.
const soon = 7 * 24 * time.Hour

// certificate is one that members may prove themselves by, in PEM.
type certificate struct {
	chain, key, authorities []byte
	hosts                   []string // the names that it has to be for
	now                     time.Time
}

// problem says what it is of no use for, and what to do.
func (c certificate) problem() string {
	for _, part := range []struct {
		name    string
		content []byte
	}{{"tls.crt", c.chain}, {"tls.key", c.key}, {"ca.crt", c.authorities}} {
		if len(part.content) == 0 {
			return "it lacks the key " + part.name
		}
	}
	pair, err := tls.X509KeyPair(c.chain, c.key)
	if err != nil {
		return "tls.crt and tls.key do not belong together, or are no PEM: " + reasonOf(err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(c.authorities) {
		return "ca.crt holds no certificate in PEM"
	}
	between := x509.NewCertPool()
	for _, each := range pair.Certificate[1:] {
		if parsed, err := x509.ParseCertificate(each); err == nil { // the others may do
			between.AddCert(parsed)
		}
	}
	// Members are servers and clients to each other.
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		for _, host := range c.hosts {
			if _, err := pair.Leaf.Verify(x509.VerifyOptions{
				DNSName: host, Roots: authorities, Intermediates: between, CurrentTime: c.now, KeyUsages: []x509.ExtKeyUsage{usage},
			}); err != nil {
				return fmt.Sprintf("members and servers would not take it: %s", reasonOf(err))
			}
		}
	}
	return ""
}

// left is how long it lasts. It has no problem.
func (c certificate) left() time.Duration {
	pair, err := tls.X509KeyPair(c.chain, c.key)
	if err != nil {
		return 0
	}
	return pair.Leaf.NotAfter.Sub(c.now)
}

// pair is the certificate and its key in one file, as mongod wants them.
func (c certificate) pair() []byte {
	return slices.Concat(bytes.TrimRight(c.chain, "\n"), []byte("\n"), bytes.TrimRight(c.key, "\n"), []byte("\n"))
}
