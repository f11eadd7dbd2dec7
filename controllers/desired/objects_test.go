package desired

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// TestGolden shows every object of three ChatRooms, a file for each kind.
func TestGolden(t *testing.T) {
	for name, in := range map[string]Input{"smallest": smallest(t), "largest": largest(t), "external": external(t)} {
		t.Run(name, func(t *testing.T) {
			kinds := map[string]string{}
			objects := of(t, in).All()
			for _, generated := range GeneratedSecrets(in) {
				objects = append(objects, generated.Secret)
			}
			for _, object := range objects {
				kinds[object.GetObjectKind().GroupVersionKind().Kind] += "---\n" + asYAML(t, object)
			}
			for kind, text := range kinds {
				golden(t, filepath.Join(name, kind+".yaml"), text)
			}
			files, err := os.ReadDir(filepath.Join("testdata", "golden", name))
			if err != nil {
				t.Fatal(err)
			}
			if len(files) != len(kinds) {
				t.Errorf("there are %d files for %d kinds", len(files), len(kinds))
			}
		})
	}
}

// TestEveryObjectIsOurs: by its labels for people and for pruning, and by its owner so
// that it goes with the ChatRoom, unless it is data that stays.
func TestEveryObjectIsOurs(t *testing.T) {
	for name, in := range map[string]Input{"smallest": smallest(t), "largest": largest(t), "external": external(t)} {
		names := map[string]bool{}
		objects := of(t, in).All()
		for _, generated := range GeneratedSecrets(in) {
			objects = append(objects, generated.Secret)
		}
		for _, object := range objects {
			kind := object.GetObjectKind().GroupVersionKind()
			id := kind.Kind + " " + object.GetName()
			if kind.Version == "" || kind.Kind == "" || object.GetNamespace() != "chat" || names[id] {
				t.Errorf("%s: %s has no kind or another namespace, or is there twice", name, id)
			}
			names[id] = true
			for key, want := range in.Labels() {
				if object.GetLabels()[key] != want {
					t.Errorf("%s: %s lacks the label %s", name, id, key)
				}
			}
			stays := kind.Kind == "Secret" && in.spec().DeletionPolicy == v1alpha1.DeletionRetain &&
				(object.GetName() == in.KeyFileName() || object.GetName() == in.UsersName())
			if owned := len(object.GetOwnerReferences()) == 1; owned == stays {
				t.Errorf("%s: %s: owned is %v", name, id, owned)
			}
			if len(object.GetName()) > len(in.Room.Name)+15 {
				t.Errorf("%s: the name of %s is longer than names.go says", name, id)
			}
		}
	}
}

// TestTheSameTwice: what has not changed is the same to the byte.
func TestTheSameTwice(t *testing.T) {
	a, b := of(t, largest(t)).All(), of(t, largest(t)).All()
	for i := range a {
		if asYAML(t, a[i]) != asYAML(t, b[i]) {
			t.Errorf("%s differs", a[i].GetName())
		}
	}
}

func TestSkipped(t *testing.T) {
	in := largest(t)
	in.Installation.APIs = nil
	objects := of(t, in)
	if len(objects.Skipped) != 4 {
		t.Errorf("skipped: %v", objects.Skipped)
	}
	for _, object := range objects.All() {
		for _, kind := range objects.Skipped {
			if object.GetObjectKind().GroupVersionKind().GroupKind() == kind {
				t.Errorf("%s is there although the cluster does not know it", kind)
			}
		}
	}
}

// TestHibernate: no pods, nobody woken, and no autoscaler that would start some.
func TestHibernate(t *testing.T) {
	in := largest(t)
	in.spec().Hibernate = true
	for _, object := range of(t, in).All() {
		switch o := object.(type) {
		case *appsv1.Deployment:
			if o.Spec.Replicas == nil || *o.Spec.Replicas != 0 {
				t.Errorf("%s has pods", o.Name)
			}
		case *appsv1.StatefulSet:
			if *o.Spec.Replicas != 0 {
				t.Errorf("%s has pods", o.Name)
			}
		}
	}
	for _, kind := range []string{"HorizontalPodAutoscaler", "ScaledObject", "PrometheusRule"} {
		for _, name := range []string{"sample", "sample-server"} {
			if find(t, in, kind, name) != nil {
				t.Errorf("there is a %s", kind)
			}
		}
	}
}

// TestWhatRolls: pods are replaced exactly when something changes that they read.
func TestWhatRolls(t *testing.T) {
	for name, test := range map[string]struct {
		change                   func(*Input)
		server, client, database bool
	}{
		"nothing":                   {func(*Input) {}, false, false, false},
		"number of servers":         {func(in *Input) { in.spec().Server.Replicas = 5 }, false, false, false},
		"number of members":         {func(in *Input) { in.spec().Database.Members = 5 }, false, false, false},
		"a limit":                   {func(in *Input) { in.spec().Server.Limits.Channels = 5 }, true, false, false},
		"an origin":                 {func(in *Input) { in.spec().Exposure.AllowedOrigins = []string{"*"} }, true, false, false},
		"log level":                 {func(in *Input) { in.spec().Server.Log.Level = "debug" }, true, true, false},
		"a server's secret":         {func(in *Input) { in.Secrets.ServerVersion = "2" }, true, false, false},
		"a member's secret":         {func(in *Input) { in.Secrets.MemberVersion = "2" }, false, false, true},
		"a renewed certificate":     {func(in *Input) { in.Secrets.Certificate.Pair = []byte("new") }, false, false, false},
		"who signs certificates":    {func(in *Input) { in.Secrets.Certificate.Authorities = []byte("new") }, true, false, false},
		"the servers' user":         {func(in *Input) { in.Secrets.ServerUser = "server-b" }, true, false, false},
		"release of the database":   {func(in *Input) { in.spec().Database.Version = "7.0" }, false, false, true},
		"image of the client":       {func(in *Input) { in.spec().Client.Image = "other" }, false, true, false},
		"how the chat is reached":   {func(in *Input) { in.spec().Exposure.Service.Type = corev1.ServiceTypeNodePort }, false, false, false},
		"who may talk to whom":      {func(in *Input) { in.spec().NetworkPolicy.Enabled = new(false) }, false, false, false},
		"what watches":              {func(in *Input) { in.spec().Monitoring.Rules = new(false) }, false, false, false},
		"size of the volumes":       {func(in *Input) { in.spec().Database.Storage.Size = nil; in.Room.Default() }, false, false, false},
		"what becomes of the data":  {func(in *Input) { in.spec().DeletionPolicy = v1alpha1.DeletionRetain }, false, false, false},
		"an upgrade of the servers": {func(in *Input) { in.Installation.Images.Server = "x"; in.spec().Server.Image = "" }, true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := largest(t), largest(t)
			test.change(&after)
			for component, want := range map[Component]bool{Server: test.server, Client: test.client, Database: test.database} {
				if rolls := pods(t, before, component) != pods(t, after, component); rolls != want {
					t.Errorf("%s rolls: %v, want %v", component, rolls, want)
				}
			}
		})
	}
}

// pods is a component's pod template as text.
func pods(t *testing.T, in Input, c Component) string {
	t.Helper()
	for _, object := range of(t, in).All() {
		var template *corev1.PodTemplateSpec
		switch o := object.(type) {
		case *appsv1.Deployment:
			template = &o.Spec.Template
		case *appsv1.StatefulSet:
			template = &o.Spec.Template
		}
		if template != nil && template.Labels[componentLabel] == string(c) {
			text, err := template.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
	t.Fatalf("there is no %s", c)
	return ""
}

func TestPodTemplates(t *testing.T) {
	in := largest(t)
	server := find(t, in, "Deployment", "sample-server").(*appsv1.Deployment)
	containers := server.Spec.Template.Spec.Containers
	if len(containers) != 2 || server.Spec.Template.Annotations["team"] != "chat" || server.Spec.Template.Annotations[configAnnotation] == "" {
		t.Errorf("the patch is not in %v", server.Spec.Template)
	}
	for _, raw := range []string{`[]`, `{"spec":{"containers":"none"}}`, `{"spec":{"containers":[{"image":"x"}]}}`} {
		in.spec().Server.PodTemplate = &runtime.RawExtension{Raw: []byte(raw)}
		if _, err := Of(in); err == nil || !strings.Contains(err.Error(), "spec.server.podTemplate") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// TestMembersInBetween: while members are taken away their pods are still there.
func TestMembersInBetween(t *testing.T) {
	in := smallest(t)
	in.Members.Pods = 3
	if got := *find(t, in, "StatefulSet", "sample-mongodb").(*appsv1.StatefulSet).Spec.Replicas; got != 3 {
		t.Errorf("%d pods", got)
	}
}

// TestWhoseNumber: an autoscaler's number is left alone, and the step to it goes without
// falling to one server.
func TestWhoseNumber(t *testing.T) {
	for name, test := range map[string]struct {
		scaling Scaling
		off     bool
		want    *int32
	}{
		"at the start":          {Scaling{}, false, new(int32(3))},
		"not taken yet":         {Scaling{Current: 7}, false, new(int32(7))},
		"more than there may":   {Scaling{Current: 70}, false, new(int32(10))},
		"fewer than there may":  {Scaling{Current: 1}, false, new(int32(2))},
		"taken":                 {Scaling{Current: 7, Taken: true}, false, nil},
		"without an autoscaler": {Scaling{Current: 7, Taken: true}, true, new(int32(3))},
	} {
		in := largest(t)
		in.Scaling = test.scaling
		if test.off {
			in.spec().Autoscaling = nil
		}
		server := find(t, in, "Deployment", "sample-server").(*appsv1.Deployment)
		if diff := cmp.Diff(test.want, server.Spec.Replicas); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
