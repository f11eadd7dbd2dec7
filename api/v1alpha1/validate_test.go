package v1alpha1_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/parley-chat/parley/api/v1alpha1"
)

func TestValidate(t *testing.T) {
	for template, want := range map[string]string{
		``: "",
		`{"spec":{"containers":[{"name":"server","env":[{"name":"GOGC","value":"200"}]}]}}`: "",
		`{"spec":{"containers":[{"$patch":"delete","name":"side"}],"$retainKeys":["x"]}}`:   "",
		`{"metadata":{"labels":{"team":"chat"}}}`:                                           "",
		`{"metadata":{"labels":{"app.kubernetes.io/name":"x"}}}`:                            "spec.server.podTemplate.metadata.labels[app.kubernetes.io/name]: Forbidden",
		`{"spec":{"container":[]}}`:                                                         "spec.server.podTemplate: Invalid",
		`{"spec":{"containers":[{"image":"x"}]}}`:                                           "spec.server.podTemplate.spec.containers[0].name: Required",
		`[`: "write it as a pod template",
	} {
		room := v1alpha1.ChatRoom{ObjectMeta: metav1.ObjectMeta{Name: "x"}}
		room.Spec.Server.PodTemplate = &runtime.RawExtension{Raw: []byte(template)}
		problems := room.Validate()
		if want == "" && len(problems) == 0 || want != "" && len(problems) == 1 && strings.Contains(problems[0].Error(), want) {
			continue
		}
		t.Errorf("%s: %v, want %q", template, problems, want)
	}
}

// TestDefaultKeepsWhatIsThere: it fills in, and does so once.
func TestDefaultKeepsWhatIsThere(t *testing.T) {
	var room v1alpha1.ChatRoom
	room.Spec.Server.Replicas = 3
	room.Spec.Server.Limits.MessagesPerSecond = new(int32(0))
	room.Spec.Monitoring.Rules = new(false)
	room.Default()
	if room.Spec.Server.Replicas != 3 || *room.Spec.Server.Limits.MessagesPerSecond != 0 || *room.Spec.Monitoring.Rules {
		t.Errorf("it has changed what was there: %+v", room.Spec)
	}
}
