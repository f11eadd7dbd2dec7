package replicaset_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
	serial      int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), "ca.crt")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	check(t, err)
	a.certificate, err = x509.ParseCertificate(der)
	check(t, err)
	check(t, os.WriteFile(a.file, block("CERTIFICATE", der), 0o600))
	return a
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// write puts a new certificate for the loopback interface and its key into a file, with
// the bits that a Secret's files have.
func (a *authority) write(t *testing.T, file string) (der []byte) {
	t.Helper()
	a.serial++
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1 + a.serial), Subject: pkix.Name{CommonName: "member"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err = x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	check(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	check(t, err)
	check(t, os.WriteFile(file, slices.Concat(block("CERTIFICATE", der), block("PRIVATE KEY", private)), 0o440)) //nolint:gosec // as a Secret's files are
	return der
}

// TestTLS turns it on and off again on three members that run, step by step as the
// operator does, while somebody writes whose connections are those of a chat server; and
// renews the certificate without a restart.
func TestTLS(t *testing.T) {
	t.Parallel()
	s := start(t, 3, 3)
	r := s.untilDone()
	s.desired.Initiated = r.Initiated
	ca := newAuthority(t)
	file := filepath.Join(t.TempDir(), "tls.pem")
	s.desired.Certificate = ca.write(t, file)
	text, err := os.ReadFile(ca.file)
	check(t, err)
	s.desired.Authorities, s.desired.Plain = string(text), slices.Clone(s.desired.Members)

	write := s.writes()
	on := s.encrypt(true, file, ca.file, write)
	if want := []desired.TLSMode{desired.TLSAllowed, desired.TLSPreferred, desired.TLSRequired}; !slices.Equal(on, want) {
		t.Errorf("it was turned on by %v, want %v", on, want)
	}
	s.refusesPlain()
	s.renew(ca, file)
	off := s.encrypt(false, file, ca.file, write)
	if want := []desired.TLSMode{desired.TLSPreferred, desired.TLSAllowed, desired.TLSDisabled}; !slices.Equal(off, want) {
		t.Errorf("it was turned off by %v, want %v", off, want)
	}
	write.end()
}

// encrypt goes through the modes to the end and gives them.
func (s *scene) encrypt(on bool, pair, authorities string, w *writer) (modes []desired.TLSMode) {
	s.t.Helper()
	present := desired.Encrypted{Mode: desired.TLSDisabled, Members: true, Servers: true}
	if !on {
		present.Mode, present.Template = desired.TLSRequired, true
	}
	for {
		next := present.Next(on)
		switch {
		case next.Servers != present.Template:
			options := ""
			if next.Servers {
				options = "&tls=true&tlsCAFile=" + authorities
			}
			w.as(s.desired.URI() + options)
			present.Template = next.Servers
		case next.Mode == present.Mode:
			s.untilDone()
			return modes
		default:
			s.restartAll(func(member int) {
				setting := mongodtest.TLS{Mode: string(next.Mode), Certificate: pair, Authorities: authorities}
				host := s.desired.Members[member]
				s.desired.Plain = slices.DeleteFunc(s.desired.Plain, func(each string) bool { return each == host })
				if next.Mode == desired.TLSDisabled {
					setting, s.desired.Plain = mongodtest.TLS{}, append(s.desired.Plain, host)
				}
				s.set.SetTLS(member, setting)
			})
			present.Mode = next.Mode
			modes = append(modes, next.Mode)
		}
	}
}

// restartAll has all members restarted, each with what change gives it.
func (s *scene) restartAll(change func(member int)) {
	s.t.Helper()
	s.desired.Outdated = slices.Clone(s.desired.Members)
	for len(s.desired.Outdated) > 0 {
		r := s.until("the next restart", func(r replicaset.Result) bool { return r.Roll != "" })
		member := s.index(r.Roll)
		check(s.t, s.set.StopMember(member))
		change(member)
		check(s.t, s.set.StartMember(s.t.Context(), member))
		s.desired.Outdated = slices.DeleteFunc(s.desired.Outdated, func(host string) bool { return host == r.Roll })
	}
	s.untilDone()
}

// refusesPlain: in the last mode nobody speaks in the clear any more.
func (s *scene) refusesPlain() {
	s.t.Helper()
	driver := replicaset.NewDriver()
	defer driver.Close()
	for _, host := range s.desired.Members {
		if conn, err := driver.Dial(s.t.Context(), replicaset.Address{Host: host}, replicaset.Login{}); err == nil {
			conn.Close()
			s.t.Errorf("%s takes a connection in the clear", host)
		}
	}
	other := newAuthority(s.t)
	text, err := os.ReadFile(other.file)
	check(s.t, err)
	if conn, err := driver.Dial(s.t.Context(), replicaset.Address{Host: s.desired.Members[0], Authorities: string(text)}, replicaset.Login{}); err == nil {
		conn.Close()
		s.t.Error("whoever signed its certificate, the member is believed")
	}
}

// renew gives all members another certificate, the file of which comes later than the
// word of it.
func (s *scene) renew(ca *authority, file string) {
	s.t.Helper()
	started := s.processes()
	s.desired.Certificate = ca.write(s.t, file+".next")
	for range 5 {
		if r, err := s.step(); r.Reason != replicaset.Renewing || err != nil {
			s.t.Fatalf("%+v, %v: members show the old certificate", r, err)
		}
	}
	check(s.t, os.Rename(file+".next", file))
	s.untilDone()
	driver := replicaset.NewDriver()
	defer driver.Close()
	for _, host := range s.desired.Members {
		shown, err := driver.Shown(context.WithoutCancel(s.t.Context()), replicaset.Address{Host: host, Authorities: s.desired.Authorities})
		if err != nil || !bytes.Equal(shown, s.desired.Certificate) {
			s.t.Errorf("%s shows another certificate: %v", host, err)
		}
	}
	if now := s.processes(); !slices.Equal(now, started) {
		s.t.Error("a member was restarted")
	}
}

// processes are the numbers of the members' processes.
func (s *scene) processes() (ids []int64) {
	s.t.Helper()
	for i := range s.desired.Members {
		var status struct {
			PID int64 `bson:"pid"`
		}
		check(s.t, s.asSystem(i).Database("admin").RunCommand(s.t.Context(), map[string]int{"serverStatus": 1}).Decode(&status))
		ids = append(ids, status.PID)
	}
	return ids
}
