package desired

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/controllers/clustertest"
)

// TestApply applies everything to a real API server, which knows all kinds: it takes all
// of it, and applying it once more changes nothing.
func TestApply(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.InstallOptional(t)
	for name, in := range map[string]Input{"smallest": smallest(t), "largest": largest(t), "external": external(t)} {
		t.Run(name, func(t *testing.T) {
			in.Room.Namespace = cluster.Namespace(t, name)
			created := in.Room.DeepCopy()
			created.UID = ""
			if err := cluster.Client.Create(t.Context(), created); err != nil {
				t.Fatal(err)
			}
			in.Room.UID = created.UID
			in.spec().Server.PodTemplate = nil // its sidecar is nothing that a restricted namespace takes
			versions := map[string]string{}
			for range 2 {
				for _, object := range of(t, in).All() {
					applyOnce(t, cluster.Client, object, versions)
				}
			}
			if len(versions) < 10 {
				t.Errorf("only %d objects", len(versions))
			}
			for _, component := range []Component{Server, Client, Database} {
				testAdmitted(t, cluster.Client, in, component)
			}
		})
	}
}

// applyOnce applies an object and notes its version; it fails when that has changed.
func applyOnce(t *testing.T, c client.Client, object Object, versions map[string]string) {
	t.Helper()
	encoded, err := Encode(object)
	if err != nil {
		t.Fatal(err)
	}
	id := encoded.GetKind() + " " + encoded.GetName()
	err = c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(encoded), client.FieldOwner(Manager), client.ForceOwnership)
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return
	}
	if before, again := versions[id]; again && before != encoded.GetResourceVersion() {
		t.Errorf("%s changes although nothing has changed", id)
	}
	versions[id] = encoded.GetResourceVersion()
}

// testAdmitted creates a component's pod in a namespace where the restricted Pod Security
// Standard is enforced.
func testAdmitted(t *testing.T, c client.Client, in Input, component Component) {
	t.Helper()
	for _, object := range of(t, in).All() {
		var template corev1.PodTemplateSpec
		switch o := object.(type) {
		case *appsv1.Deployment:
			template = o.Spec.Template
		case *appsv1.StatefulSet:
			template = o.Spec.Template
			template.Spec.Volumes = append(template.Spec.Volumes, corev1.Volume{Name: dataVolume, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
		}
		if template.Labels[componentLabel] != string(component) {
			continue
		}
		template.Spec.PriorityClassName = "" // there is none of this name here
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: string(component), Namespace: in.Room.Namespace, Labels: template.Labels},
			Spec:       template.Spec,
		}
		loose := pod.DeepCopy()
		loose.Name, loose.Spec.SecurityContext = "loose", nil
		if err := c.Create(t.Context(), loose); err == nil {
			t.Error("the standard is not enforced here, and this test shows nothing")
		}
		if err := c.Create(t.Context(), pod); err != nil {
			t.Errorf("%s: %v", component, err)
		}
	}
}
