package desired

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// issued: cert-manager makes the members' certificate.
func (in Input) issued() bool {
	tls := in.spec().Database.TLS
	return tls != nil && tls.IssuerRef != nil
}

// CertificateSource is the Secret that the members' certificate comes from: a person's, or
// cert-manager's. It is empty without TLS.
func (in Input) CertificateSource() string {
	if in.spec().Database.TLS == nil {
		return ""
	}
	return cmp.Or(in.spec().Database.TLS.SecretName, in.name("-mongodb-tls"))
}

// CertificateName is the name of the Secret that members read their certificate from: the
// operator's copy. So one that is of no use never reaches them, and they keep the last
// one while they go back to plain connections.
func (in Input) CertificateName() string { return in.name("-mongodb-pem") }

// Keys in the Secret with the members' certificate.
const (
	PairKey        = "tls.pem"
	AuthoritiesKey = "ca.crt"
)

func certificateCopy(in Input) *corev1.Secret {
	secret := in.secret(in.meta(in.CertificateName(), in.labelsOf(Database)))
	secret.Data = map[string][]byte{PairKey: in.Secrets.Certificate.Pair, AuthoritiesKey: in.Secrets.Certificate.Authorities}
	return secret
}

// CertificateHosts are the names that the members' certificate has to be for.
func (in Input) CertificateHosts() []string {
	host := in.host(in.DatabaseName())
	return []string{host, in.DatabaseName() + "-0." + host}
}

// certificate asks cert-manager for the members' certificate. Its types would bring many
// modules for a handful of fields.
func certificate(in Input) *unstructured.Unstructured {
	issuer := in.spec().Database.TLS.IssuerRef
	host := in.host(in.DatabaseName())
	return in.bare("cert-manager.io/v1", CertificateKind.Kind, in.DatabaseName(), Database, map[string]any{
		"secretName": in.CertificateSource(),
		"commonName": in.DatabaseName(), // a host's full name can be longer than the 64 that it may have
		"dnsNames":   []any{host, "*." + host, "localhost"},
		"usages":     []any{"digital signature", "key encipherment", "server auth", "client auth"},
		"privateKey": map[string]any{"rotationPolicy": "Always"},
		"issuerRef":  map[string]any{"name": issuer.Name, "kind": issuer.Kind, "group": issuer.Group},
	})
}
