package desired

import (
	"cmp"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// clientMargin is what the client's web server may need beside closing what it forwards.
const clientMargin = 10 * time.Second

// clientDeployment is the web servers of the client.
func clientDeployment(in Input) (*appsv1.Deployment, error) {
	s := in.spec().Client
	template, err := in.podTemplate(Client, s.PodSettings, nobody, configVersion(clientEnvironment(in), ""), clientPod(in))
	if err != nil {
		return nil, err
	}
	d := in.deployment(in.ClientName(), Client, template)
	d.Spec.Replicas = in.replicas(s.Replicas)
	return d, nil
}

func clientPod(in Input) corev1.PodSpec {
	s := in.spec().Client
	return corev1.PodSpec{
		TerminationGracePeriodSeconds: new(seconds(in.spec().Server.Drain.Period.Duration + clientMargin)),
		Containers: []corev1.Container{{
			Name:            string(Client),
			Image:           cmp.Or(s.Image, in.Installation.Images.Client),
			ImagePullPolicy: s.ImagePullPolicy,
			EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: in.ClientName()},
			}}},
			Env:             memoryLimit(s.Resources),
			Ports:           []corev1.ContainerPort{port(httpName, clientPort)},
			Resources:       s.Resources,
			SecurityContext: containerSecurity(),
			StartupProbe:    probe(get("/healthz", httpName), 2, 3, 30),
			LivenessProbe:   probe(get("/healthz", httpName), 10, 5, 6),
			ReadinessProbe:  probe(get("/healthz", httpName), 2, 3, 2),
		}},
	}
}
