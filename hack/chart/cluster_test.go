package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/clustertest"
)

const (
	namespace = "parley-system"
	patience  = time.Minute
)

// TestRelease installs, upgrades with another CRD, uninstalls and installs again, on a real
// API server. There is no node, so that no pod runs.
func TestRelease(t *testing.T) {
	cluster := clustertest.Start(t)
	removeCRD(t, cluster)
	cluster.Namespace(t, namespace)
	kubeconfig := writeKubeconfig(t, cluster)
	defer playController(t, cluster)()
	run := func(args ...string) string {
		t.Helper()
		output, err := helmIn(t, kubeconfig, append(args, "--namespace", namespace)...)
		if err != nil {
			t.Fatal(err)
		}
		return output
	}

	if output := run("install", "parley", chart, "--wait", "--timeout", "1m", "--set", "chatRoom.create=true"); !strings.Contains(output, "1. Wait for your chat:") {
		t.Errorf("it says\n%s", output)
	}
	first := chatRoom(t, cluster)
	if about := crdOn(t, cluster); strings.Contains(about, "as of the next release") {
		t.Fatal("the test's own CRD is there already")
	}
	podsAreAdmitted(t, cluster)

	next := nextRelease(t)
	run("upgrade", "parley", next, "--set", "chatRoom.create=true,chatRoom.spec.server.replicas=2")
	if about := crdOn(t, cluster); !strings.Contains(about, "as of the next release") {
		t.Error("the upgrade left the CRD as it was")
	}
	if second := chatRoom(t, cluster); second.UID != first.UID || second.Spec.Server.Replicas != 2 {
		t.Errorf("the ChatRoom is %s with %d servers, and was %s", second.UID, second.Spec.Server.Replicas, first.UID)
	}

	run("uninstall", "parley")
	err := cluster.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "parley-operator"}, &appsv1.Deployment{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("the operator, after uninstalling: %v", err)
	}
	crdOn(t, cluster)
	if kept := chatRoom(t, cluster); kept.UID != first.UID || kept.DeletionTimestamp != nil {
		t.Errorf("the ChatRoom is %s, deleted %v", kept.UID, kept.DeletionTimestamp)
	}

	run("install", "parley", chart, "--set", "chatRoom.create=true,chatRoom.spec.server.replicas=3")
	if again := chatRoom(t, cluster); again.UID != first.UID || again.Spec.Server.Replicas != 3 {
		t.Errorf("the ChatRoom is %s with %d servers", again.UID, again.Spec.Server.Replicas)
	}
}

// playController says of each Deployment that its pods are ready, until it is told to end.
func playController(t *testing.T, cluster *clustertest.Cluster) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			var list appsv1.DeploymentList
			_ = cluster.Client.List(ctx, &list) // again in a moment
			for i := range list.Items {
				d := &list.Items[i]
				if d.Status.ObservedGeneration == d.Generation {
					continue
				}
				replicas := *d.Spec.Replicas
				d.Status = appsv1.DeploymentStatus{
					ObservedGeneration: d.Generation, Replicas: replicas, UpdatedReplicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas,
					Conditions: []appsv1.DeploymentCondition{
						{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue},
						{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable"},
					},
				}
				_ = cluster.Client.Status().Update(ctx, d) // again in a moment
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// nextRelease is the chart with another CRD.
func nextRelease(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "parley")
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(root, chart))); err != nil {
		t.Fatal(err)
	}
	text := read(t, crdFile)
	changed := strings.Replace(text, "What is wanted. The operator never writes here.", "What is wanted, as of the next release.", 1)
	if changed == text {
		t.Fatal("the CRD does not have the words that are replaced")
	}
	if err := os.WriteFile(filepath.Join(folder, "templates", "crd.yaml"), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func chatRoom(t *testing.T, cluster *clustertest.Cluster) *v1alpha1.ChatRoom {
	t.Helper()
	room := &v1alpha1.ChatRoom{}
	if err := cluster.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "chat"}, room); err != nil {
		t.Fatal(err)
	}
	return room
}

// TestInstallWithoutWaiting: where the CRD comes too late for the ChatRoom, an upgrade goes on.
func TestInstallWithoutWaiting(t *testing.T) {
	cluster := clustertest.Start(t)
	removeCRD(t, cluster)
	cluster.Namespace(t, namespace)
	kubeconfig := writeKubeconfig(t, cluster)
	_, err := helmIn(t, kubeconfig, "install", "parley", chart, "--namespace", namespace, "--set", "chatRoom.create=true")
	if err != nil && !strings.Contains(err.Error(), `no matches for kind "ChatRoom"`) {
		t.Fatal(err)
	}
	if _, err := helmIn(t, kubeconfig, "upgrade", "parley", chart, "--namespace", namespace, "--set", "chatRoom.create=true"); err != nil {
		t.Fatal(err)
	}
	chatRoom(t, cluster)
}

// removeCRD takes away what the cluster has from the start, for the chart to bring it.
func removeCRD(t *testing.T, cluster *clustertest.Cluster) {
	t.Helper()
	if err := cluster.Client.Delete(t.Context(), someCRD("chatrooms.parley.chat")); err != nil {
		t.Fatal(err)
	}
	for limit := time.After(patience); ; {
		err := cluster.Client.Get(t.Context(), client.ObjectKey{Name: "chatrooms.parley.chat"}, someCRD(""))
		if apierrors.IsNotFound(err) {
			return
		}
		select {
		case <-limit:
			t.Fatalf("the CRD does not go: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func someCRD(name string) *unstructured.Unstructured {
	crd := &unstructured.Unstructured{}
	crd.SetAPIVersion("apiextensions.k8s.io/v1")
	crd.SetKind("CustomResourceDefinition")
	crd.SetName(name)
	return crd
}

// crdOn gives the CRD as text.
func crdOn(t *testing.T, cluster *clustertest.Cluster) string {
	t.Helper()
	crd := someCRD("")
	if err := cluster.Client.Get(t.Context(), client.ObjectKey{Name: "chatrooms.parley.chat"}, crd); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(crd.Object["spec"])
}

// podsAreAdmitted: the restricted standard, which the namespace enforces, takes the operator's
// pods and the test's.
func podsAreAdmitted(t *testing.T, cluster *clustertest.Cluster) {
	t.Helper()
	deployment := &appsv1.Deployment{}
	if err := cluster.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "parley-operator"}, deployment); err != nil {
		t.Fatal(err)
	}
	operator := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "operator", Namespace: namespace}, Spec: deployment.Spec.Template.Spec}
	test := &corev1.Pod{}
	text := rendered(t, "--set", "chatRoom.create=true", "--show-only", "templates/tests/roundtrip.yaml")
	if err := yaml.UnmarshalStrict([]byte(text), test); err != nil {
		t.Fatal(err)
	}
	for _, pod := range []*corev1.Pod{operator, test} {
		if err := cluster.Client.Create(t.Context(), pod, client.DryRunAll); err != nil {
			t.Errorf("%s: %v", pod.Name, err)
		}
	}
	operator = operator.DeepCopy()
	operator.ResourceVersion, operator.Spec.Containers[0].SecurityContext = "", nil
	if err := cluster.Client.Create(t.Context(), operator, client.DryRunAll); !apierrors.IsForbidden(err) {
		t.Errorf("the namespace takes any pod: %v", err)
	}
}

// writeKubeconfig gives a file by which Helm may do everything.
func writeKubeconfig(t *testing.T, cluster *clustertest.Cluster) string {
	t.Helper()
	encode := base64.StdEncoding.EncodeToString
	content, err := yaml.Marshal(object{
		"apiVersion": "v1", "kind": "Config", "current-context": "test",
		"contexts": []object{{"name": "test", "context": object{"cluster": "test", "user": "test"}}},
		"clusters": []object{{"name": "test", "cluster": object{
			"server": cluster.Config.Host, "certificate-authority-data": encode(cluster.Config.CAData),
		}}},
		"users": []object{{"name": "test", "user": object{
			"client-certificate-data": encode(cluster.Config.CertData), "client-key-data": encode(cluster.Config.KeyData),
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
