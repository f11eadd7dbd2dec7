package desired

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// serviceAccount is who all pods run as. It may do nothing, and pods get no token of it.
func serviceAccount(in Input) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{
		TypeMeta:                     metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta:                   in.meta(in.Room.Name, in.Labels()),
		AutomountServiceAccountToken: new(false),
	}
}
