package desired

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Dashboard is one of Grafana's, ready to be made one ChatRoom's.
type Dashboard struct {
	name       string // such as overview
	uid, title string
	body       string // JSON without white space
}

// ParseDashboard reads a dashboard, such as those in monitoring/grafana/dashboards.
func ParseDashboard(file string, content []byte) (Dashboard, error) {
	var head struct{ UID, Title string }
	if err := json.Unmarshal(content, &head); err != nil {
		return Dashboard{}, fmt.Errorf("dashboard %s: %w", file, err)
	}
	if head.UID == "" || head.Title == "" {
		return Dashboard{}, fmt.Errorf("dashboard %s has no uid or no title", file)
	}
	var body bytes.Buffer
	if err := json.Compact(&body, content); err != nil {
		return Dashboard{}, fmt.Errorf("dashboard %s: %w", file, err)
	}
	return Dashboard{name: strings.TrimSuffix(file, ".json"), uid: head.UID, title: head.Title, body: body.String()}, nil
}

// dashboards is the ConfigMap that Grafana's sidecar finds. The files of all ChatRooms may
// land in one folder, and dashboards with one uid replace each other: so names, uids and
// titles are each ChatRoom's own.
func dashboards(in Input) *corev1.ConfigMap {
	asked := in.spec().Monitoring
	data := map[string]string{}
	for _, d := range in.Installation.Dashboards {
		data[fmt.Sprintf("%s-%s-%s.json", in.Room.Namespace, in.Room.Name, d.name)] = in.own(d)
	}
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: in.meta(in.name("-dashboards"), merged(asked.DashboardLabels, in.Labels())),
		Data:       data,
	}
}

// own makes a dashboard this ChatRoom's: its variables offer only what belongs to it.
func (in Input) own(d Dashboard) string {
	room := fmt.Sprintf("%s/%s", in.Room.Namespace, in.Room.Name)
	selected := inJSON(fmt.Sprintf(`label_values(chatapp_connected_clients{namespace=%q,chatroom=%q`, in.Room.Namespace, in.Room.Name))
	return strings.NewReplacer(
		field("uid", d.uid), field("uid", d.name+"-"+digest(room)),
		field("title", d.title), field("title", d.title+" ("+room+")"),
		`label_values(chatapp_connected_clients,`, selected+`},`,
		`label_values(chatapp_connected_clients{`, selected+`,`,
	).Replace(d.body)
}

// field is a field of a text as it stands in JSON.
func field(name, value string) string { return `"` + name + `":"` + inJSON(value) + `"` }

// inJSON is a text as it stands in JSON, between the quotes.
func inJSON(text string) string {
	quoted, _ := json.Marshal(text) // a string always can be
	return string(quoted[1 : len(quoted)-1])
}
