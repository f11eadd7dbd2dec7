package desired

import (
	"cmp"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// Where members find what they need. What mongod refuses to read with a group's bits is
// copied to runFolder by the helper.
const (
	dataVolume = "data"
	runVolume  = "run"
	runFolder  = "/run/parley"
	dataFolder = "/data/db"
	keyFolder  = "/etc/parley/keyfile"
	tlsFolder  = "/etc/parley/tls"

	memberProgram = "/member"
	mongodGrace   = 120 // seconds, for a checkpoint of a large cache
)

// statefulSet is the members. They all start at once, since none waits for another; and
// they roll only by the operator's hand, which knows who is primary.
func statefulSet(in Input) (*appsv1.StatefulSet, error) {
	s := in.spec().Database
	template, err := in.podTemplate(Database, s.PodSettings, mongodUser, MemberConfig(in.Secrets.MemberVersion), memberPod(in))
	if err != nil {
		return nil, err
	}
	pods := in.Members.Pods
	if pods == 0 {
		pods = s.Members
	}
	whenDeleted := appsv1.RetainPersistentVolumeClaimRetentionPolicyType
	if in.spec().DeletionPolicy == v1alpha1.DeletionDelete {
		whenDeleted = appsv1.DeletePersistentVolumeClaimRetentionPolicyType
	}
	return &appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: in.membersMeta(),
		Spec: appsv1.StatefulSetSpec{
			Replicas:            in.replicas(pods),
			Selector:            &metav1.LabelSelector{MatchLabels: in.Selector(Database)},
			ServiceName:         in.DatabaseName(),
			Template:            template,
			PodManagementPolicy: appsv1.ParallelPodManagement,
			UpdateStrategy:      appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType},
			PersistentVolumeClaimRetentionPolicy: &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
				WhenDeleted: whenDeleted,
				WhenScaled:  appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
			},
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{volumeClaim(in)},
			RevisionHistoryLimit: new(int32(3)),
		},
	}, nil
}

// releaseAnnotation keeps on the StatefulSet which release its image is of.
const releaseAnnotation = "parley.chat/mongodb-release"

func (in Input) membersMeta() metav1.ObjectMeta {
	meta := in.meta(in.DatabaseName(), in.labelsOf(Database))
	meta.Annotations = map[string]string{releaseAnnotation: in.release().Version}
	return meta
}

func (in Input) release() Release {
	s := in.spec().Database
	if in.Members.Release.Version != "" {
		return in.Members.Release
	}
	return Release{Version: s.Version, Image: cmp.Or(s.Image, in.Installation.Images.MongoDB[s.Version])}
}

// ReleaseOf is what members are of by their StatefulSet.
func ReleaseOf(members *appsv1.StatefulSet) (r Release) {
	r.Version = members.Annotations[releaseAnnotation]
	for _, container := range members.Spec.Template.Spec.Containers {
		if container.Name == string(Database) {
			r.Image = container.Image
		}
	}
	return r
}

// MemberConfig stands in members' pods for what they read at their start.
func MemberConfig(version string) string { return digest(version) }

// MemberVersionOf is what a member's pod was made by.
func MemberVersionOf(pod metav1.ObjectMeta) string { return pod.Annotations[configAnnotation] }

func volumeClaim(in Input) corev1.PersistentVolumeClaim {
	storage := in.spec().Database.Storage
	return corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: dataVolume, Labels: in.Selector(Database)},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: storage.StorageClassName,
			VolumeMode:       new(corev1.PersistentVolumeFilesystem),
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: *storage.Size}},
		},
	}
}

func memberPod(in Input) corev1.PodSpec {
	key, keyMount := mounted("keyfile", in.KeyFileName(), keyFolder)
	run := corev1.Volume{Name: runVolume, VolumeSource: corev1.VolumeSource{
		EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory},
	}}
	temporary := corev1.Volume{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
	pod := corev1.PodSpec{
		TerminationGracePeriodSeconds: new(int64(mongodGrace)),
		Volumes:                       []corev1.Volume{key, run, temporary},
		InitContainers:                []corev1.Container{installer(in, keyMount)},
		Containers:                    []corev1.Container{mongod(in)},
	}
	if in.encrypted() {
		tls, tlsMount := mounted("tls", in.CertificateName(), tlsFolder)
		pod.Volumes = append(pod.Volumes, tls)
		pod.Containers[0].VolumeMounts = append(pod.Containers[0].VolumeMounts, tlsMount)
	}
	return pod
}

// installer copies the key, readable by mongod alone, and itself for the probe.
func installer(in Input, keyMount corev1.VolumeMount) corev1.Container {
	return corev1.Container{
		Name:            "install",
		Image:           in.Installation.Images.Member,
		ImagePullPolicy: in.spec().Database.ImagePullPolicy,
		Command:         []string{memberProgram},
		Args:            []string{"install", "--keyfile=" + keyFolder + "/" + KeyFileKey, "--to=" + runFolder},
		Resources:       in.spec().Database.Resources, // no pod asks for more because of it
		VolumeMounts:    []corev1.VolumeMount{keyMount, {Name: runVolume, MountPath: runFolder}},
		SecurityContext: containerSecurity(),
	}
}

func mongod(in Input) corev1.Container {
	s := in.spec().Database
	listens := corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString(mongoName)}}
	ready := []string{runFolder + memberProgram, "ready", "--address=127.0.0.1:" + decimal(int32(mongoPort))}
	if in.encrypted() {
		ready = append(ready, "--tls-ca="+tlsFolder+"/"+AuthoritiesKey, "--tls-name="+in.host(in.DatabaseName()))
	}
	return corev1.Container{
		Name:            string(Database),
		Image:           in.release().Image,
		ImagePullPolicy: s.ImagePullPolicy,
		Command:         []string{"mongod"}, // not the image's script, which is for a single one
		Args:            mongodArgs(in),
		Ports:           []corev1.ContainerPort{port(mongoName, mongoPort)},
		Resources:       s.Resources,
		VolumeMounts: []corev1.VolumeMount{
			{Name: dataVolume, MountPath: dataFolder}, {Name: runVolume, MountPath: runFolder, ReadOnly: true}, {Name: "tmp", MountPath: "/tmp"},
		},
		SecurityContext: containerSecurity(),
		// Recovery after a crash can take long, and a restart would begin it anew.
		StartupProbe:  probe(listens, 2, 3, 1800),
		LivenessProbe: probe(listens, 10, 5, 6),
		// Never by its role: a member that catches up must be reachable, and the headless
		// Service shows it in any case.
		ReadinessProbe: probe(corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: ready}}, 5, 5, 3),
	}
}

func mongodArgs(in Input) []string {
	args := []string{
		"--replSet=" + in.ReplicaSetName(), "--dbpath=" + dataFolder, "--keyFile=" + runFolder + "/" + KeyFileKey,
		"--port=" + decimal(int32(mongoPort)), "--bind_ip_all", "--nounixsocket",
	}
	if in.encrypted() {
		// Clients prove themselves by passwords, and members by the keyFile.
		args = append(args, tlsModeFlag+string(in.encryption().Mode), "--tlsCertificateKeyFile="+tlsFolder+"/"+PairKey,
			"--tlsCAFile="+tlsFolder+"/"+AuthoritiesKey, "--tlsAllowConnectionsWithoutCertificates")
	}
	return args
}
