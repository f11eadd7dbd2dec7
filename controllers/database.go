package controllers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
	"github.com/parley-chat/parley/controllers/status"
)

// initiatedAnnotation is kept on the Secret with the key, which lives as long as the data
// does: that there has been a set once.
const initiatedAnnotation = "parley.chat/initiated"

// lookAfterDatabase brings the replica set one step further, or looks whether an external
// one can be used.
func (p *pass) lookAfterDatabase(ctx context.Context) error {
	switch {
	case p.room.Spec.Database.External != nil:
		p.askExternal(ctx)
		return nil
	case p.room.Spec.Hibernate:
		return nil
	case p.seen.members == nil:
		if p.database.Work == nil {
			p.database.Work = p.missingMembers()
		}
		return nil
	case p.nameless():
		// Nobody asks for names that there are not yet: that there are none would be
		// remembered for seconds by whoever was asked.
		if p.database.Work == nil {
			p.database.Work = &status.Problem{Reason: "Starting", Message: "Members are about to be started."}
		}
		return nil
	}
	wanted := p.replicaSet()
	result, err := p.Database.Step(ctx, wanted)
	if failed := (*replicaset.Error)(nil); err != nil && !errors.As(err, &failed) {
		return fmt.Errorf("looking after the replica set: %w", err)
	}
	p.judge(result, err)
	p.holdToRelease(wanted, result)
	if result.Initiated && !wanted.Initiated {
		if err := p.rememberInitiated(ctx); err != nil {
			return err
		}
	}
	if err := p.forgetRetired(ctx, wanted, result); err != nil {
		return err
	}
	return p.roll(ctx, result)
}

// nameless: the members are about to be started, and none of them has an address yet. One
// that is outdated may need a restart to get one.
func (p *pass) nameless() bool {
	if replicasOf(p.seen.members.Spec.Replicas) == 0 {
		return true
	}
	pods := p.seen.memberPods
	return len(pods) > 0 && !slices.ContainsFunc(pods, func(pod corev1.Pod) bool {
		return pod.Status.PodIP != "" || p.outdated(&pod)
	})
}

// missingMembers says that there is no StatefulSet: not yet, or no more. Their volumes
// stay either way, and the next one takes them up.
func (p *pass) missingMembers() *status.Problem {
	if p.secretsHeld[p.in.KeyFileName()].Annotations[initiatedAnnotation] == "" {
		return &status.Problem{Reason: "Starting", Message: "Members are about to be started."}
	}
	return &status.Problem{Reason: "MembersGone", Message: fmt.Sprintf(
		"There have been members and their StatefulSet %s is gone: it is made anew, over the volumes that there are.", p.in.DatabaseName())}
}

// replicaSet is what the set should be.
func (p *pass) replicaSet() replicaset.Desired {
	key, users := p.secretsHeld[p.in.KeyFileName()], p.secretsHeld[p.in.UsersName()]
	d := replicaset.Desired{
		Name: p.in.ReplicaSetName(), KeyFile: string(key.Data[desired.KeyFileKey]), Database: desired.ChatDatabase,
		Operator:  replicaset.User{Name: desired.OperatorUser, Password: string(users.Data[desired.OperatorPasswordKey])},
		Server:    replicaset.User{Name: desired.ServerUserOf(users.Data), Password: string(users.Data[desired.ServerPasswordKey])},
		Monitor:   p.userOf(p.in.MonitorName()),
		Backup:    p.userOf(p.in.BackupName()),
		Retired:   p.retired(),
		Initiated: key.Annotations[initiatedAnnotation] != "",
	}
	for i := range p.room.Spec.Database.Members {
		d.Members = append(d.Members, p.in.MemberHost(i))
	}
	for i := range p.seen.memberPods {
		pod := &p.seen.memberPods[i]
		host := p.hostOf(pod)
		if !slices.Contains(d.Members, host) {
			d.Leaving = append(d.Leaving, host)
		}
		if p.outdated(pod) {
			d.Outdated = append(d.Outdated, host)
		}
	}
	d.Version, d.ConfirmAfter = desired.ReleaseOf(p.seen.members).Version, p.room.Spec.Database.ConfirmAfter.Duration
	p.speak(&d)
	return d
}

// userOf is the user in a Secret of its own.
func (p *pass) userOf(secret string) replicaset.User {
	data := p.secretsHeld[secret].Data
	return replicaset.User{Name: string(data[corev1.BasicAuthUsernameKey]), Password: string(data[corev1.BasicAuthPasswordKey])}
}

// outdated: the pod is not as the StatefulSet wants it now. While the StatefulSet has not
// been looked at by its controller nobody knows.
func (p *pass) outdated(pod *corev1.Pod) bool {
	set := p.seen.members
	return set.Status.ObservedGeneration == set.Generation && set.Status.UpdateRevision != "" &&
		pod.Labels[appsv1.StatefulSetRevisionLabel] != set.Status.UpdateRevision
}

func (p *pass) hostOf(pod *corev1.Pod) string {
	ordinal, err := strconv.ParseInt(pod.Name[strings.LastIndex(pod.Name, "-")+1:], 10, 32)
	if err != nil {
		return pod.Name // of no member
	}
	return p.in.MemberHost(int32(ordinal))
}

// judge turns what a step has come to into what a status says.
func (p *pass) judge(result replicaset.Result, err error) {
	p.database.Members = nil
	p.database.Version = cmp.Or(result.Version, p.database.Version)
	p.database.FeatureCompatibility = cmp.Or(result.Features, p.database.FeatureCompatibility)
	for _, m := range result.Members {
		p.database.Members = append(p.database.Members, memberOf(m))
	}
	found := &status.Problem{Reason: string(result.Reason), Message: result.Message}
	switch {
	case result.Done():
	case result.Reason == replicaset.DataLost, result.Reason == replicaset.DataFound:
		p.database.Lost = found
	case err != nil:
		p.database.Trouble, p.again = found, workingAgain
	default:
		p.database.Work, p.again = found, workingAgain
		if result.Changed {
			p.again = goingOnAgain
		}
	}
}

func memberOf(m replicaset.MemberStatus) status.Member {
	name, _, _ := strings.Cut(m.Host, ".")
	member := status.Member{Name: name, State: string(m.State), Voting: m.Votes > 0}
	switch m.State {
	case replicaset.Primary, replicaset.Secondary:
		member.Joined = true
	default:
		member.Joined = member.Voting
	}
	if m.LagSeconds != nil {
		member.Lag = time.Duration(*m.LagSeconds) * time.Second
	}
	return member
}

// remembered are the members as the last status had them.
func remembered(all []v1alpha1.MemberStatus) (members []status.Member) {
	for _, m := range all {
		members = append(members, status.Member{
			Name: m.Name, State: m.State, Voting: m.Voting, Lag: time.Duration(m.LagSeconds) * time.Second, Joined: m.State != "NEW",
		})
	}
	return members
}

// memberPods is how many pods the members need: those that have to leave stay until the
// set does not know them any more.
func (p *pass) memberPods() int32 {
	wanted := p.room.Spec.Database.Members
	if set := p.seen.members; set != nil && replicasOf(set.Spec.Replicas) > wanted && !p.settled() {
		return replicasOf(set.Spec.Replicas)
	}
	return wanted
}

// settled: the database is as it should be.
func (p *pass) settled() bool {
	return p.database.Work == nil && p.database.Trouble == nil && p.database.Lost == nil
}

func (p *pass) rememberInitiated(ctx context.Context) error {
	secret := &corev1.Secret{}
	secret.Namespace, secret.Name = p.room.Namespace, p.in.KeyFileName()
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"`+initiatedAnnotation+`":"true"}}}`))
	if err := p.Patch(ctx, secret, patch, client.FieldOwner(desired.Manager)); err != nil {
		return fmt.Errorf("noting that the replica set has been initiated: %w", err)
	}
	return nil
}

// roll ends the pod whose turn it is, if it is not ending already. Its StatefulSet makes
// it anew.
func (p *pass) roll(ctx context.Context, result replicaset.Result) error {
	if result.Roll != "" && p.serversRoll() {
		p.database.Work = &status.Problem{Reason: "WaitingForServers", Message: "Members are to be restarted one by one, when the servers have done so."}
		result.Roll = ""
	}
	for i := range p.seen.memberPods {
		pod := &p.seen.memberPods[i]
		host := p.hostOf(pod)
		if pod.DeletionTimestamp != nil || !p.outdated(pod) {
			continue
		}
		if host != result.Roll && (host != result.Broken || isReady(pod)) {
			continue
		}
		err := client.IgnoreNotFound(p.Delete(ctx, pod, client.Preconditions{UID: &pod.UID}))
		if err != nil {
			return fmt.Errorf("restarting %s: %w", pod.Name, err)
		}
	}
	return nil
}

// serversRoll: some are being replaced, and nothing keeps them from it.
func (p *pass) serversRoll() bool {
	w := p.seen.serverStatus
	return w.Exists && (w.Updated < w.Pods || w.Ending > 0) && len(w.Troubles) == 0
}

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
