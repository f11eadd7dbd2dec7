package controllers

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
	"github.com/parley-chat/parley/controllers/status"
)

// secrets makes the Secrets that are missing and reads all that this pass needs. It tells
// whether the pass can go on.
func (p *pass) secrets(ctx context.Context) (ready bool, err error) {
	p.secretsHeld = map[string]*corev1.Secret{}
	for _, g := range desired.GeneratedSecrets(p.in) {
		secret, err := p.generated(ctx, g)
		if err != nil || secret == nil {
			return false, err
		}
		p.secretsHeld[g.Secret.Name] = secret
	}
	bus := p.secretsHeld[p.in.BusSecretName()].Data
	store := map[string][]byte{}
	if p.room.Spec.Database.External == nil {
		users := p.secretsHeld[p.in.UsersName()].Data
		store[desired.ServerPasswordKey] = users[desired.ServerPasswordKey]
		p.in.Secrets.ServerUser, p.in.Secrets.ServerPassword = desired.ServerUserOf(users), string(users[desired.ServerPasswordKey])
		p.in.Secrets.MemberVersion = version(bus, p.secretsHeld[p.in.KeyFileName()].Data)
		if err := p.certificate(ctx); err != nil {
			return false, err
		}
	} else if store, err = p.externalStore(ctx); err != nil {
		return false, err
	} else if err := p.freeCredentials(ctx); err != nil {
		return false, err
	}
	p.in.Secrets.ServerVersion = version(bus, bus, store)
	return true, nil
}

// generated gives a Secret, which it makes where there is none and never was data: over
// data that was written with others, new credentials would lock everybody out. It gives
// nil, and says why in the status, where a person has to decide.
func (p *pass) generated(ctx context.Context, g desired.Generated) (*corev1.Secret, error) {
	name := types.NamespacedName{Namespace: g.Secret.Namespace, Name: g.Secret.Name}
	found := &corev1.Secret{}
	err := p.Get(ctx, name, found)
	if apierrors.IsNotFound(err) {
		err = p.Reader.Get(ctx, name, found) // the cache may be a moment behind
	}
	if err == nil {
		if found = p.complete(found, g); found == nil {
			return nil, nil //nolint:nilnil // said in the status
		}
		return found, p.belong(ctx, found, g.Secret.OwnerReferences)
	}
	if !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("reading Secret %s: %w", name.Name, err)
	}
	if !g.Renewable && len(p.seen.volumes) > 0 {
		p.database.Lost = &status.Problem{Reason: "CredentialsMissing", Message: fmt.Sprintf(
			"The Secret %s is gone, and there are volumes that were written with it. Restore it from a backup; the operator makes no new one over data.", name.Name)}
		return nil, nil //nolint:nilnil // said in the status
	}
	secret := g.Secret.DeepCopy()
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	if g.Rotation != "" {
		secret.Annotations = map[string]string{rotationAnnotation: g.Rotation}
	}
	for _, key := range g.Passwords {
		secret.Data[key] = []byte(replicaset.NewPassword())
	}
	for _, key := range g.KeyFiles {
		secret.Data[key] = []byte(replicaset.NewKeyFile())
	}
	// Create, never apply: who comes second must not win.
	if err := p.Create(ctx, secret, client.FieldOwner(desired.Manager)); err != nil {
		return nil, fmt.Errorf("making Secret %s: %w", name.Name, err)
	}
	return secret, nil
}

// complete refuses a Secret that lacks what it should hold, or is somebody else's.
func (p *pass) complete(found *corev1.Secret, g desired.Generated) *corev1.Secret {
	if found.Labels[desired.ManagedBy] != desired.Manager {
		p.notOurs(found)
		return nil
	}
	for _, key := range slices.Concat(g.KeyFiles, g.Passwords) {
		if len(found.Data[key]) == 0 {
			p.database.Lost = &status.Problem{Reason: "CredentialsMissing", Message: fmt.Sprintf(
				"The Secret %s lacks the key %s. Restore it from a backup; the operator makes no new one over data.", found.Name, key)}
			return nil
		}
	}
	return found
}

// externalStore gives what the servers read of an external database; nothing, with the
// reason in the status, where it is not there.
func (p *pass) externalStore(ctx context.Context) (map[string][]byte, error) {
	name, key := p.in.StoreSecret()
	secret := &corev1.Secret{}
	err := p.Reader.Get(ctx, types.NamespacedName{Namespace: p.room.Namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		p.database.Trouble = &status.Problem{Reason: "SecretMissing", Message: fmt.Sprintf(
			"The Secret %s, which spec.database.external.secretRef names, does not exist: make it in namespace %s.", name, p.room.Namespace)}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading Secret %s: %w", name, err)
	}
	uri, ok := secret.Data[key]
	if !ok {
		p.database.Trouble = &status.Problem{Reason: "SecretKeyMissing", Message: fmt.Sprintf(
			"The Secret %s has no key %s, which spec.database.external.secretRef names.", name, key)}
		return nil, nil
	}
	p.externalURI = string(uri)
	return map[string][]byte{key: uri}, nil
}

// version stands for values that pods read at their start. It is keyed by a secret of this
// ChatRoom, so that nobody can guess values from it.
func version(key map[string][]byte, all ...map[string][]byte) string {
	var secret []byte
	for _, name := range slices.Sorted(maps.Keys(key)) {
		secret = append(secret, key[name]...)
	}
	h := hmac.New(sha256.New, secret)
	for _, values := range all {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			_, _ = fmt.Fprintf(h, "%d:%s%d:%s", len(name), name, len(values[name]), values[name]) // a hash takes everything
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
