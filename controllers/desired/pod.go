package desired

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// nobody is the user of our images; mongodUser that of MongoDB's.
const (
	nobody     = 65532
	mongodUser = 999
)

// podTemplate puts a component's pods together: what is common to all, what the component
// has, and the person's patch over both.
func (in Input) podTemplate(c Component, settings v1alpha1.PodSettings, user int64, config string, pod corev1.PodSpec) (corev1.PodTemplateSpec, error) {
	pod.ServiceAccountName = in.Room.Name
	// Nothing in the pods talks to Kubernetes.
	pod.AutomountServiceAccountToken = new(false)
	// Variables that Kubernetes makes of Services' names could be taken for settings.
	pod.EnableServiceLinks = new(false)
	pod.ImagePullSecrets = settings.ImagePullSecrets
	pod.SecurityContext = &corev1.PodSecurityContext{
		RunAsNonRoot: new(true), RunAsUser: &user, RunAsGroup: &user, FSGroup: &user,
		// Volumes of a large database are not walked through at every start.
		FSGroupChangePolicy: new(corev1.FSGroupChangeOnRootMismatch),
		SeccompProfile:      &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	scheduling := settings.Scheduling
	pod.NodeSelector = scheduling.NodeSelector
	pod.Tolerations = scheduling.Tolerations
	pod.Affinity = scheduling.Affinity
	pod.PriorityClassName = scheduling.PriorityClassName
	pod.TopologySpreadConstraints = in.spread(c, scheduling.TopologySpreadConstraints)

	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{
			Labels:      in.labelsOf(c),
			Annotations: map[string]string{configAnnotation: config},
		},
		Spec: pod,
	}
	template.Annotations["kubectl.kubernetes.io/default-container"] = string(c)
	return patched(template, settings, c)
}

// patched merges a person's patch, which Validate has looked at.
func patched(template corev1.PodTemplateSpec, settings v1alpha1.PodSettings, c Component) (corev1.PodTemplateSpec, error) {
	if settings.PodTemplate == nil || len(settings.PodTemplate.Raw) == 0 {
		return template, nil
	}
	original, err := json.Marshal(template)
	if err != nil {
		return template, fmt.Errorf("spec.%s.podTemplate: %w", c, err)
	}
	changed, err := strategicpatch.StrategicMergePatch(original, settings.PodTemplate.Raw, corev1.PodTemplateSpec{})
	if err != nil {
		return template, fmt.Errorf("spec.%s.podTemplate cannot be merged: %w", c, err)
	}
	var result corev1.PodTemplateSpec
	if err := json.Unmarshal(changed, &result); err != nil {
		return template, fmt.Errorf("spec.%s.podTemplate does not give a pod: %w", c, err)
	}
	return result, nil
}

// spread is how pods are spread over nodes: as asked, or evenly if that can be.
func (in Input) spread(c Component, asked []corev1.TopologySpreadConstraint) []corev1.TopologySpreadConstraint {
	these := &metav1.LabelSelector{MatchLabels: in.Selector(c)}
	if len(asked) == 0 {
		for _, key := range []string{corev1.LabelHostname, corev1.LabelTopologyZone} {
			asked = append(asked, corev1.TopologySpreadConstraint{
				MaxSkew: 1, TopologyKey: key, WhenUnsatisfiable: corev1.ScheduleAnyway,
			})
		}
	}
	all := slices.Clone(asked)
	for i := range all {
		if all[i].LabelSelector == nil {
			all[i].LabelSelector = these
		}
	}
	return all
}

// containerSecurity is what the restricted Pod Security Standard asks for, and a file
// system that nobody can write to.
func containerSecurity() *corev1.SecurityContext {
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(false),
		ReadOnlyRootFilesystem:   new(true),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
}

func port(name string, number int32) corev1.ContainerPort {
	return corev1.ContainerPort{Name: name, ContainerPort: number, Protocol: corev1.ProtocolTCP}
}

// get is a probe by HTTP.
func get(path, port string) corev1.ProbeHandler {
	return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
		Path: path, Port: intstr.FromString(port), Scheme: corev1.URISchemeHTTP,
	}}
}

func probe(handler corev1.ProbeHandler, period, timeout, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: handler, PeriodSeconds: period, TimeoutSeconds: timeout, FailureThreshold: failures, SuccessThreshold: 1,
	}
}

// mounted gives a Secret as a volume and the place where it is mounted. Its files are
// readable by the pod's own group alone.
func mounted(volume, secret, folder string, items ...corev1.KeyToPath) (corev1.Volume, corev1.VolumeMount) {
	return corev1.Volume{Name: volume, VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{
		SecretName: secret, Items: items, DefaultMode: new(int32(0o440)),
	}}}, corev1.VolumeMount{Name: volume, MountPath: folder, ReadOnly: true}
}

// replicas is how many pods a Deployment has: none while the chat sleeps.
func (in Input) replicas(wanted int32) *int32 {
	if in.spec().Hibernate {
		return new(int32(0))
	}
	return &wanted
}
