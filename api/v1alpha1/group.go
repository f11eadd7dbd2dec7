package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind is the name of the type.
const Kind = "ChatRoom"

// GroupVersion is the API that this package describes.
var GroupVersion = schema.GroupVersion{Group: "parley.chat", Version: "v1alpha1"}

// AddToScheme makes the types known to a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &ChatRoom{}, &ChatRoomList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
