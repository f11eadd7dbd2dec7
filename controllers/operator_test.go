package controllers_test

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// room applies a ChatRoom named chat.
func (o *operator) room(change func(*v1alpha1.ChatRoomSpec)) {
	o.t.Helper()
	room := &v1alpha1.ChatRoom{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: "chat"}}
	change(&room.Spec)
	if err := o.admin.Create(o.t.Context(), room); err != nil {
		o.t.Fatal(err)
	}
}

// change edits it.
func (o *operator) change(change func(*v1alpha1.ChatRoomSpec)) {
	o.t.Helper()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error { // a whole operator writes the status meanwhile
		room := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
		change(&room.Spec)
		return o.admin.Update(o.t.Context(), room)
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// pass reconciles once.
func (o *operator) pass() ctrl.Result {
	o.t.Helper()
	result, err := o.Reconcile(o.t.Context(), ctrl.Request{NamespacedName: types.NamespacedName{Namespace: o.namespace, Name: "chat"}})
	if err != nil {
		o.t.Fatal(err)
	}
	return result
}

func (o *operator) get(into client.Object, name string) client.Object {
	o.t.Helper()
	if err := o.admin.Get(o.t.Context(), types.NamespacedName{Namespace: o.namespace, Name: name}, into); err != nil {
		o.t.Fatal(err)
	}
	return into
}

func (o *operator) exists(object client.Object, name string) bool {
	o.t.Helper()
	err := o.admin.Get(o.t.Context(), types.NamespacedName{Namespace: o.namespace, Name: name}, object)
	if client.IgnoreNotFound(err) != nil {
		o.t.Fatal(err)
	}
	return err == nil
}

// run has the workloads become as wanted, which nobody else does here.
func (o *operator) run() {
	o.t.Helper()
	for _, name := range []string{"chat-server", "chat-client"} {
		d := &appsv1.Deployment{}
		if !o.exists(d, name) {
			continue
		}
		d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: *d.Spec.Replicas, UpdatedReplicas: *d.Spec.Replicas, ReadyReplicas: *d.Spec.Replicas, AvailableReplicas: *d.Spec.Replicas}
		o.status(d)
	}
	if d := (&appsv1.Deployment{}); o.exists(d, "chat-server") && *d.Spec.Replicas > 0 {
		o.pod("chat-server-0", d.Spec.Template, ready)
	}
	if set := (&appsv1.StatefulSet{}); o.exists(set, "chat-mongodb") {
		n := *set.Spec.Replicas
		set.Status = appsv1.StatefulSetStatus{ObservedGeneration: set.Generation, Replicas: n, ReadyReplicas: n, UpdatedReplicas: n, CurrentRevision: "r1", UpdateRevision: "r1"}
		o.status(set)
	}
}

// pod makes one of a template, or takes the one that there is, and gives it a status.
func (o *operator) pod(name string, template corev1.PodTemplateSpec, change func(*corev1.PodStatus)) *corev1.Pod {
	o.t.Helper()
	pod := &corev1.Pod{}
	if !o.exists(pod, name) {
		pod = &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
		pod.Namespace, pod.Name = o.namespace, name
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-" + name},
		}})
		if err := o.admin.Create(o.t.Context(), pod); err != nil {
			o.t.Fatal(err)
		}
	}
	change(&pod.Status)
	o.status(pod)
	return pod
}

// serverAddress is where all servers of all ChatRooms are.
const serverAddress = "127.83.7.1"

func ready(s *corev1.PodStatus) {
	s.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	s.PodIP, s.PodIPs = serverAddress, []corev1.PodIP{{IP: serverAddress}}
}

func (o *operator) status(object client.Object) {
	o.t.Helper()
	if err := o.admin.Status().Update(o.t.Context(), object); err != nil {
		o.t.Fatal(err)
	}
}

func (o *operator) condition(kind string) metav1.Condition {
	o.t.Helper()
	room := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
	c := meta.FindStatusCondition(room.Status.Conditions, kind)
	if c == nil {
		o.t.Fatalf("there is no condition %s", kind)
	}
	return *c
}

func (o *operator) wants(kind string, status metav1.ConditionStatus, reason string) {
	o.t.Helper()
	if c := o.condition(kind); c.Status != status || c.Reason != reason {
		o.t.Errorf("%s is %s, %s: %s; want %s, %s", kind, c.Status, c.Reason, c.Message, status, reason)
	}
}

const firstHost = ".chat-mongodb."

func (o *operator) host(ordinal string) string {
	return "chat-mongodb-" + ordinal + firstHost + o.namespace + ".svc.cluster.local:27017"
}

// up brings a ChatRoom to the point where people chat.
func (o *operator) up(change func(*v1alpha1.ChatRoomSpec)) {
	o.t.Helper()
	o.room(change)
	o.pass()
	o.database.healthy(o.host("0"))
	o.pass()
	o.run()
	o.pass()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
}

func nothing(*v1alpha1.ChatRoomSpec) {}

// kinds are those that the operator makes objects of.
func kinds() []client.ObjectList {
	return []client.ObjectList{
		&appsv1.DeploymentList{}, &appsv1.StatefulSetList{}, &corev1.ServiceList{}, &corev1.ConfigMapList{}, &corev1.SecretList{},
		&corev1.ServiceAccountList{}, &networkingv1.NetworkPolicyList{}, &policyv1.PodDisruptionBudgetList{}, &networkingv1.IngressList{},
		&autoscalingv2.HorizontalPodAutoscalerList{}, &v1alpha1.ChatRoomList{},
	}
}

// everything is each object of the namespace with its resource version.
func (o *operator) everything() map[string]string {
	o.t.Helper()
	all := map[string]string{}
	for _, list := range kinds() {
		if err := o.admin.List(o.t.Context(), list, client.InNamespace(o.namespace)); err != nil {
			o.t.Fatal(err)
		}
		err := meta.EachListItem(list, func(item runtime.Object) error {
			object := item.(client.Object)
			all[strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(typeName(list), "*"), "v1."), "List"), "v1alpha1.")+"/"+object.GetName()] = object.GetResourceVersion()
			return nil
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
	return all
}
