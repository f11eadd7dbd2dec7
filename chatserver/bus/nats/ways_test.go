package nats

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-chat/parley/chatserver/bus/bustest"
	"github.com/parley-chat/parley/chatserver/chat"
)

// TestExternal holds replicas that share a NATS of somebody else's to the contract.
func TestExternal(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, Username: "chat", Password: "between us"})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(readyTimeout) {
		t.Fatal("there is no NATS")
	}
	bustest.Run(t, func(t *testing.T, nodes int) []bustest.Bus {
		var buses []bustest.Bus
		for range nodes {
			b := opened(t, Config{Name: "test", URL: "nats://chat:between%20us@" + s.Addr().String(), Logger: slog.New(slog.DiscardHandler)})
			buses = append(buses, b)
		}
		return buses
	})
}

// TestTLS joins replicas whose certificates are of the same authority, and no other.
func TestTLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	first := node(t, Config{TLS: ours.config(t)})
	routes := []string{first.Addr().String()}
	second := node(t, Config{TLS: ours.config(t), Routes: routes})
	got := make(chan chat.Entry, 1000)
	defer second.Subscribe("general", func(entries []chat.Entry) { got <- entries[0] })()
	eventually(t, "an entry comes by TLS", func() bool {
		first.Publish("general", []chat.Entry{post("general", 1)})
		return len(got) > 0
	})
	for name, cfg := range map[string]Config{
		"another authority": {TLS: theirs.config(t), Routes: routes},
		"no TLS":            {Routes: routes},
	} {
		stranger := node(t, cfg)
		for end := time.Now().Add(1500 * time.Millisecond); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if stranger.server.NumRoutes() > 0 && first.server.NumRoutes() > 1 {
				t.Fatalf("a replica with %s joined", name)
			}
		}
	}
}

// authority signs certificates for replicas on the loopback interface.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

// config is what a replica with a certificate of this authority uses.
func (a authority) config(t *testing.T) *tls.Config {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
