package controllers

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
	"github.com/parley-chat/parley/controllers/status"
)

// rotationAnnotation keeps on a Secret of which request its values are.
const rotationAnnotation = "parley.chat/rotation"

// rotate takes the next step of making credentials anew, if one is asked for and the
// database is as it should be. Each step is one write to one Secret, by which the next pass
// knows where it is; in this pass nothing is made of it yet.
func (p *pass) rotate(ctx context.Context) error {
	if p.room.Spec.Database.External != nil || p.room.Spec.Hibernate || !p.settled() || !p.membersAreOf(p.in.Secrets.MemberVersion) {
		return nil
	}
	asked := p.room.Spec.Database.Rotation
	for _, each := range []struct {
		name   string
		change func(*corev1.Secret) (what string)
	}{
		{p.in.KeyFileName(), func(s *corev1.Secret) string { return rotateKeyFile(s, asked.KeyFile) }},
		{p.in.UsersName(), func(s *corev1.Secret) string { return rotateUsers(s, asked.Passwords) }},
		{p.in.MonitorName(), func(s *corev1.Secret) string { return rotatePassword(s, asked.Passwords) }},
		{p.in.BackupName(), func(s *corev1.Secret) string { return rotatePassword(s, asked.Passwords) }},
	} {
		held := p.secretsHeld[each.name]
		changed := held.DeepCopy()
		what := each.change(changed)
		if what == "" {
			continue
		}
		patch := client.MergeFromWithOptions(held, client.MergeFromWithOptimisticLock{})
		if err := p.Patch(ctx, changed, patch, client.FieldOwner(desired.Manager)); err != nil {
			return fmt.Errorf("rotating what is in Secret %s: %w", each.name, err)
		}
		p.database.Work, p.again = &status.Problem{Reason: "RotatingCredentials", Message: "Credentials in Secret " + each.name + " are made anew: " + what + "."}, goingOnAgain
		return nil
	}
	return nil
}

// requested tells whether values are to be made anew, and notes that they are.
func requested(s *corev1.Secret, asked string) bool {
	if asked == "" || s.Annotations[rotationAnnotation] == asked {
		return false
	}
	if s.Annotations == nil {
		s.Annotations = map[string]string{}
	}
	s.Annotations[rotationAnnotation] = asked
	return true
}

// rotateKeyFile goes MongoDB's way: a second key is added, and when all members have been
// restarted with it and know it, the first one goes.
func rotateKeyFile(s *corev1.Secret, asked string) (what string) {
	text := string(s.Data[desired.KeyFileKey])
	switch {
	case len(replicaset.Keys(text)) > 1:
		s.Data[desired.KeyFileKey] = []byte(replicaset.DropKey(text))
		return "the old key goes, since all members know the new one"
	case requested(s, asked):
		s.Data[desired.KeyFileKey] = []byte(replicaset.AddKey(text))
		return "a second key is there beside the old one"
	}
	return ""
}

// rotateUsers gives the servers another user, with a new password. The one that they had
// stays until all of them have gone over.
func rotateUsers(s *corev1.Secret, asked string) (what string) {
	if len(s.Data[desired.RetiredUserKey]) > 0 || !requested(s, asked) {
		return ""
	}
	old := desired.ServerUserOf(s.Data)
	s.Data[desired.RetiredUserKey] = []byte(old)
	s.Data[desired.ServerUserKey] = []byte(desired.OtherServerUser(old))
	s.Data[desired.ServerPasswordKey] = []byte(replicaset.NewPassword())
	s.Data[desired.OperatorPasswordKey] = []byte(replicaset.NewPassword())
	return "servers go over to another user"
}

// rotatePassword makes one password anew.
func rotatePassword(s *corev1.Secret, asked string) (what string) {
	if !requested(s, asked) {
		return ""
	}
	s.Data[corev1.BasicAuthPasswordKey] = []byte(replicaset.NewPassword())
	return "who uses it has to read it again"
}

// retired is the servers' user of before when none of them needs it any more.
func (p *pass) retired() string {
	users := p.secretsHeld[p.in.UsersName()]
	current := desired.ServerUserOf(users.Data)
	if d := p.seen.server; d != nil && desired.DatabaseUserOf(d.Spec.Template.ObjectMeta) != current {
		return ""
	}
	for i := range p.seen.serverPods {
		if desired.DatabaseUserOf(p.seen.serverPods[i].ObjectMeta) != current {
			return ""
		}
	}
	return string(users.Data[desired.RetiredUserKey])
}

// forgetRetired notes that a user that was to be gone is.
func (p *pass) forgetRetired(ctx context.Context, wanted replicaset.Desired, result replicaset.Result) error {
	if wanted.Retired == "" || !result.Done() {
		return nil
	}
	held := p.secretsHeld[p.in.UsersName()]
	changed := held.DeepCopy()
	delete(changed.Data, desired.RetiredUserKey)
	patch := client.MergeFromWithOptions(held, client.MergeFromWithOptimisticLock{})
	if err := p.Patch(ctx, changed, patch, client.FieldOwner(desired.Manager)); err != nil {
		return fmt.Errorf("noting in Secret %s that a user is gone: %w", held.Name, err)
	}
	p.secretsHeld[held.Name] = changed
	return nil
}

// membersAreOf tells whether all members' pods run by what their Secrets hold now.
func (p *pass) membersAreOf(version string) bool {
	for i := range p.seen.memberPods {
		pod := &p.seen.memberPods[i]
		if pod.DeletionTimestamp != nil || desired.MemberVersionOf(pod.ObjectMeta) != desired.MemberConfig(version) {
			return false
		}
	}
	return len(p.seen.memberPods) == int(p.room.Spec.Database.Members)
}
