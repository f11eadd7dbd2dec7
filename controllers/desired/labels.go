package desired

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// Component is a part of a ChatRoom that has pods.
type Component string

// The components.
const (
	Server   Component = "server"
	Client   Component = "client"
	Database Component = "database"
)

// Manager is who objects say that they are managed by, and the field owner of what is
// applied.
const Manager = "parley-operator"

// ManagedBy is the label that tells the operator's objects from those of others.
const ManagedBy = "app.kubernetes.io/managed-by"

const (
	application = "parley"

	nameLabel      = "app.kubernetes.io/name"
	instanceLabel  = "app.kubernetes.io/instance"
	componentLabel = "app.kubernetes.io/component"
	partOfLabel    = "app.kubernetes.io/part-of"
	serviceLabel   = "parley.chat/service" // tells Services of one component apart

	configAnnotation = "parley.chat/config"
)

// Selector are the labels that pods of a component are found by. They can never change.
func (in Input) Selector(c Component) map[string]string {
	return map[string]string{nameLabel: application, instanceLabel: in.Room.Name, componentLabel: string(c)}
}

// Labels are those that all objects of a ChatRoom have, for pruning and for people.
func (in Input) Labels() map[string]string {
	return map[string]string{nameLabel: application, instanceLabel: in.Room.Name, partOfLabel: application, ManagedBy: Manager}
}

func (in Input) labelsOf(c Component) map[string]string {
	labels := in.Labels()
	labels[componentLabel] = string(c)
	return labels
}

// meta begins an object of the ChatRoom, which goes when the ChatRoom goes.
func (in Input) meta(name string, labels map[string]string) metav1.ObjectMeta {
	meta := in.metaThatStays(name, labels)
	meta.OwnerReferences = []metav1.OwnerReference{in.owner()}
	return meta
}

// metaThatStays begins an object that outlives its ChatRoom.
func (in Input) metaThatStays(name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: in.Room.Namespace, Labels: labels}
}

// metaOfData begins an object that is part of the data: the deletion policy decides.
func (in Input) metaOfData(name string, labels map[string]string) metav1.ObjectMeta {
	if in.spec().DeletionPolicy == v1alpha1.DeletionDelete {
		return in.meta(name, labels)
	}
	return in.metaThatStays(name, labels)
}

func (in Input) owner() metav1.OwnerReference {
	return metav1.OwnerReference{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.Kind, Name: in.Room.Name, UID: in.Room.UID,
		Controller: new(true), BlockOwnerDeletion: new(true),
	}
}

// bare makes an object of the ChatRoom of whose kind there is no type here.
func (in Input) bare(version, kind, name string, c Component, spec map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": version, "kind": kind, "spec": spec}}
	meta := in.meta(name, in.labelsOf(c))
	object.SetName(meta.Name)
	object.SetNamespace(meta.Namespace)
	object.SetLabels(meta.Labels)
	object.SetOwnerReferences(meta.OwnerReferences)
	return object
}

// merged gives all entries; later ones win.
func merged(all ...map[string]string) map[string]string {
	result := map[string]string{}
	for _, each := range all {
		maps.Copy(result, each)
	}
	return result
}

// RoomOf is the name of the ChatRoom that labels speak of; empty for other things.
func RoomOf(labels map[string]string) string {
	if labels[nameLabel] != application {
		return ""
	}
	return labels[instanceLabel]
}

// Everything are the labels of all that the operator makes and of what is made of that,
// such as pods and volumes, for whatever ChatRoom.
func Everything() map[string]string { return map[string]string{nameLabel: application} }
