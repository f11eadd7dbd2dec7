//go:build linux

package monitoring_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certificate gives the flags for a certificate that replicas show to each other, which is
// its own authority. It lasts longer than any alert minds.
func certificate(t testing.TB) (flags []string) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(60 * 24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed, errSign := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	private, errKey := x509.MarshalPKCS8PrivateKey(key)
	if err := errors.Join(errSign, errKey); err != nil {
		t.Fatal(err)
	}
	shown := writePEM(t, "CERTIFICATE", signed)
	return []string{"--bus-tls-cert", shown, "--bus-tls-ca", shown, "--bus-tls-key", writePEM(t, "PRIVATE KEY", private)}
}

func writePEM(t testing.TB, kind string, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bus.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
