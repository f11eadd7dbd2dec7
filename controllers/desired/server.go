package desired

import (
	"cmp"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// drainMargin is what a server may need beside draining, to commit what it has accepted:
// docs/operations.md promises it.
const drainMargin = 35 * time.Second

// serverDeployment is the chat servers. A new one takes connections before an old one
// sends its own elsewhere.
func serverDeployment(in Input) (*appsv1.Deployment, error) {
	s := in.spec().Server
	secrets := in.Secrets.ServerVersion
	if in.managed() && in.encryption().Servers { // which read who signs certificates at their start
		secrets = digest(secrets, string(in.Secrets.Certificate.Authorities))
	}
	config := configVersion(serverEnvironment(in), secrets)
	template, err := in.podTemplate(Server, s.PodSettings, nobody, config, serverPod(in))
	if err != nil {
		return nil, err
	}
	if in.managed() {
		template.Annotations[userAnnotation] = in.serverUser()
	}
	d := in.deployment(in.ServerName(), Server, template)
	d.Spec.Replicas = in.serverReplicas()
	return d, nil
}

// userAnnotation tells which user of the database a server logs in as.
const userAnnotation = "parley.chat/database-user"

// DatabaseUserOf is the user that a server logs in as, by its pod or template.
func DatabaseUserOf(pod metav1.ObjectMeta) string { return pod.Annotations[userAnnotation] }

// serverReplicas leaves the number to the autoscaler when that has taken it. Until then it
// is ours: a field that nobody applies any more goes back to its default, which would be
// one server.
func (in Input) serverReplicas() *int32 {
	asked := in.spec().Server.Replicas
	switch {
	case !in.autoscaled():
		return in.replicas(asked)
	case in.Scaling.Taken:
		return nil
	case in.Scaling.Current > 0:
		asked = in.Scaling.Current
	}
	limits := in.spec().Autoscaling
	return new(min(max(asked, limits.MinReplicas), limits.MaxReplicas))
}

// deployment begins a Deployment that never has fewer pods than it should.
func (in Input) deployment(name string, c Component, template corev1.PodTemplateSpec) *appsv1.Deployment {
	grace := *template.Spec.TerminationGracePeriodSeconds
	return &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: in.meta(name, in.labelsOf(c)),
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: in.Selector(c)},
			Template: template,
			Strategy: appsv1.DeploymentStrategy{
				Type: appsv1.RollingUpdateDeploymentStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDeployment{
					MaxUnavailable: new(intstr.FromInt32(0)), MaxSurge: new(intstr.FromInt32(1)),
				},
			},
			// An old pod may take its whole grace period before a new one gets its room.
			ProgressDeadlineSeconds: new(int32(600 + grace)),
			RevisionHistoryLimit:    new(int32(3)),
		},
	}
}

func serverPod(in Input) corev1.PodSpec {
	s := in.spec().Server
	name, key := in.StoreSecret()
	store, storeMount := mounted("store", name, storeFolder, corev1.KeyToPath{Key: key, Path: uriKey})
	bus, busMount := mounted("bus", in.BusSecretName(), busFolder)
	pod := corev1.PodSpec{
		TerminationGracePeriodSeconds: new(in.serverGrace()),
		Volumes:                       []corev1.Volume{store, bus},
		Containers: []corev1.Container{{
			Name:            string(Server),
			Image:           cmp.Or(s.Image, in.Installation.Images.Server),
			ImagePullPolicy: s.ImagePullPolicy,
			EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: in.ServerName()},
			}}},
			Env:             memoryLimit(s.Resources),
			Ports:           []corev1.ContainerPort{port(httpName, httpPort), port(adminName, AdminPort), port(routesName, routesPort)},
			Resources:       s.Resources,
			VolumeMounts:    []corev1.VolumeMount{storeMount, busMount},
			SecurityContext: containerSecurity(),
			// It opens its ports when it has reached the store, which may take a while.
			StartupProbe: probe(get("/healthz", adminName), 2, 3, 60),
			// Restarting helps only against a process that hangs: a failing store does not
			// change /healthz.
			LivenessProbe:  probe(get("/healthz", adminName), 10, 5, 6),
			ReadinessProbe: probe(get("/readyz", adminName), 2, 3, 2),
		}},
	}
	if in.managed() && in.encryption().Servers {
		// Of the certificate's Secret the servers get only who signs it.
		ca, caMount := mounted(caVolume, in.CertificateName(), caFolder, corev1.KeyToPath{Key: AuthoritiesKey, Path: AuthoritiesKey})
		pod.Volumes = append(pod.Volumes, ca)
		pod.Containers[0].VolumeMounts = append(pod.Containers[0].VolumeMounts, caMount)
	}
	return pod
}

// serverGrace is how long a server may take to end, in seconds.
func (in Input) serverGrace() int64 {
	drain := in.spec().Server.Drain
	return seconds(drain.Delay.Duration + drain.Period.Duration + drainMargin)
}

// seconds rounds up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// memoryLimit tells Go how much memory there is, less a tenth for what it does not count.
func memoryLimit(resources corev1.ResourceRequirements) []corev1.EnvVar {
	limit, ok := resources.Limits[corev1.ResourceMemory]
	if !ok {
		return nil
	}
	return []corev1.EnvVar{{Name: "GOMEMLIMIT", Value: decimal(ninetyPercent(limit))}}
}

func ninetyPercent(q resource.Quantity) int64 { return q.Value() / 10 * 9 }
