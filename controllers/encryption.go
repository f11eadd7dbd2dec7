package controllers

import (
	"context"
	"encoding/pem"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
	"github.com/parley-chat/parley/controllers/status"
)

// certificate finds the members' certificate: the one that it should be, or else the one
// that they have, with what is wrong in the status.
func (p *pass) certificate(ctx context.Context) error {
	present, err := find(ctx, p, p.in.CertificateName(), &corev1.Secret{})
	if err != nil {
		return err
	}
	held := &p.in.Secrets.Certificate
	if present != nil {
		held.Pair, held.Authorities = present.Data[desired.PairKey], present.Data[desired.AuthoritiesKey]
	}
	name := p.in.CertificateSource()
	if name == "" {
		return nil
	}
	asked, wrong, err := p.askedCertificate(ctx, name)
	switch {
	case err != nil:
		return err
	case wrong == nil:
		*held = asked
	case len(held.Pair) > 0 || p.encrypted().Mode == desired.TLSDisabled:
		p.problem(wrong.Reason, wrong.Message) // and the database goes on with what it has
	case wrong.Reason == "CertificatePending": // somebody is about to make it
		p.database.Work, p.again = wrong, workingAgain
	default:
		p.database.Trouble, p.again = wrong, workingAgain
	}
	return nil
}

// askedCertificate reads the certificate that the spec names, and holds it to what it is
// for: what is of no use must not reach the members.
func (p *pass) askedCertificate(ctx context.Context, name string) (asked desired.Certificate, wrong *status.Problem, err error) {
	if p.room.Spec.Database.TLS.IssuerRef != nil && !p.in.Installation.APIs[desired.CertificateKind] {
		return asked, &status.Problem{Reason: "CertManagerMissing",
			Message: "The cluster does not know Certificate of cert-manager.io: install cert-manager, or name a Secret of yours in spec.database.tls.secretName instead of spec.database.tls.issuerRef."}, nil
	}
	secret := &corev1.Secret{}
	err = p.Reader.Get(ctx, types.NamespacedName{Namespace: p.room.Namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return asked, p.noCertificate(name), nil
	}
	if err != nil {
		return asked, nil, fmt.Errorf("reading Secret %s: %w", name, err)
	}
	found := certificate{
		chain: secret.Data[corev1.TLSCertKey], key: secret.Data[corev1.TLSPrivateKeyKey], authorities: secret.Data[desired.AuthoritiesKey],
		hosts: p.in.CertificateHosts(), now: p.Now(),
	}
	if problem := found.problem(); problem != "" {
		return asked, &status.Problem{Reason: "CertificateUnusable", Message: fmt.Sprintf("The certificate in Secret %s is of no use: %s.", name, problem)}, nil
	}
	if left := found.left(); left < soon {
		p.problem("CertificateExpires", fmt.Sprintf("The certificate in Secret %s ends in %d hours, and has not been renewed: renew it, or see to the issuer.", name, int(left.Hours())))
	}
	return desired.Certificate{Pair: found.pair(), Authorities: found.authorities}, nil, nil
}

func (p *pass) noCertificate(name string) *status.Problem {
	if p.room.Spec.Database.TLS.IssuerRef != nil {
		return &status.Problem{Reason: "CertificatePending", Message: fmt.Sprintf(
			"Waits for cert-manager to make the Secret %s: if it does not come, kubectl describe certificate %s tells why.", name, p.in.DatabaseName())}
	}
	return &status.Problem{Reason: "CertificateMissing", Message: fmt.Sprintf(
		"The Secret %s, which spec.database.tls.secretName names, does not exist: make it in namespace %s, with tls.crt, tls.key and ca.crt.", name, p.room.Namespace)}
}

// speak says how each member is spoken to, by what its pod runs with.
func (p *pass) speak(d *replicaset.Desired) {
	d.Authorities = string(p.in.Secrets.Certificate.Authorities)
	if d.Authorities == "" {
		return
	}
	if block, _ := pem.Decode(p.in.Secrets.Certificate.Pair); block != nil {
		d.Certificate = block.Bytes
	}
	for _, host := range slices.Concat(d.Members, d.Leaving) {
		mode := desired.ModeOf(p.seen.members.Spec.Template.Spec)
		for i := range p.seen.memberPods {
			if pod := &p.seen.memberPods[i]; p.hostOf(pod) == host {
				mode = desired.ModeOf(pod.Spec)
			}
		}
		if mode == desired.TLSDisabled {
			d.Plain = append(d.Plain, host)
		}
	}
}

// encrypt takes the next step between plain connections and TLS. What is to be encrypted
// never starts in the clear because it has no certificate yet.
func (p *pass) encrypt() {
	present := p.encrypted()
	wanted := p.room.Spec.Database.TLS != nil && (present.Mode != desired.TLSDisabled || len(p.in.Secrets.Certificate.Pair) > 0)
	p.in.Encryption = present.Next(wanted)
}

// encrypted is how far that way has been gone, as the objects show it.
func (p *pass) encrypted() (e desired.Encrypted) {
	set, server := p.seen.members, p.seen.server
	if set == nil || replicasOf(set.Spec.Replicas) == 0 && len(p.seen.memberPods) == 0 {
		return e
	}
	e.Mode, e.Alone = desired.ModeOf(set.Spec.Template.Spec), replicasOf(set.Spec.Replicas) == 1
	e.Members = p.settled() && !p.room.Spec.Hibernate && len(p.seen.memberPods) == int(replicasOf(set.Spec.Replicas))
	for i := range p.seen.memberPods {
		pod := &p.seen.memberPods[i]
		e.Members = e.Members && pod.DeletionTimestamp == nil && desired.ModeOf(pod.Spec) == e.Mode
	}
	if server == nil {
		e.Template, e.Servers = p.room.Spec.Database.TLS != nil, true
		return e
	}
	e.Template = desired.SpeaksTLS(server.Spec.Template.Spec)
	w := p.seen.serverStatus
	// Pods that end still have connections, and are not in the status.
	e.Servers = w.Pods == w.Wanted && w.Updated == w.Wanted && len(p.seen.serverPods) == int(w.Wanted)
	return e
}
