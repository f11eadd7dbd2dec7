package controllers

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// crd is what the cluster's CRD of ChatRooms knows. It may be of another release than
// the operator: an API server drops fields that it does not know without a word.
type crd struct {
	url   string   // of what was read, with a hash of it
	lacks []string // fields that this operator has, such as status.trial
}

// lookAtSchema reads it, unless it is the same as before.
func lookAtSchema(d discovery.DiscoveryInterface, before crd) (crd, error) {
	paths, err := d.OpenAPIV3().Paths()
	if err != nil {
		return before, fmt.Errorf("asking for the schema of ChatRooms: %w", err)
	}
	ours, ok := paths["apis/"+v1alpha1.GroupVersion.String()]
	if !ok || ours.ServerRelativeURL() == before.url {
		return before, nil // without a CRD there is nothing to reconcile
	}
	text, err := ours.Schema(runtime.ContentTypeJSON)
	if err != nil {
		return before, fmt.Errorf("asking for the schema of ChatRooms: %w", err)
	}
	var document struct {
		Components struct{ Schemas map[string]property }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return before, fmt.Errorf("reading the schema of ChatRooms: %w", err)
	}
	seen := crd{url: ours.ServerRelativeURL()}
	for name, p := range document.Components.Schemas {
		if !strings.HasSuffix(name, "."+v1alpha1.Kind) {
			continue
		}
		seen.lacks = append(p.Properties["spec"].lacks("spec", reflect.TypeFor[v1alpha1.ChatRoomSpec]()),
			p.Properties["status"].lacks("status", reflect.TypeFor[v1alpha1.ChatRoomStatus]())...)
	}
	return seen, nil
}

// property is what is read of a schema.
type property struct {
	Properties map[string]property
	Items      *property
}

// lacks lists fields of a type of ours that a schema does not have, the outermost only.
func (p property) lacks(path string, of reflect.Type) (all []string) {
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		inner, items := field.Type, false
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			items = items || inner.Kind() == reflect.Slice
			inner = inner.Elem()
		}
		ours := inner.Kind() == reflect.Struct && inner.PkgPath() == of.PkgPath()
		if name == "" { // embedded
			all = append(all, p.lacks(path, inner)...)
			continue
		}
		has, ok := p.Properties[name]
		if !ok {
			all = append(all, path+"."+name)
			continue
		}
		if items && has.Items != nil {
			has = *has.Items
		}
		if ours {
			all = append(all, has.lacks(path+"."+name, inner)...)
		}
	}
	slices.Sort(all)
	return all
}

// Lacks lists fields that the cluster's CRD does not know.
func (a *APIs) Lacks() []string { return a.ours().lacks }

// without takes fields out of a status that the cluster would drop, so that what it keeps
// can be compared.
func without(lacks []string, s v1alpha1.ChatRoomStatus) (v1alpha1.ChatRoomStatus, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&s)
	if err != nil {
		return s, fmt.Errorf("encoding the status: %w", err)
	}
	for _, path := range lacks {
		if fields := strings.Split(path, "."); fields[0] == "status" {
			remove(content, fields[1:])
		}
	}
	var kept v1alpha1.ChatRoomStatus
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &kept); err != nil {
		return s, fmt.Errorf("encoding the status: %w", err)
	}
	return kept, nil
}

func remove(tree any, fields []string) {
	switch t := tree.(type) {
	case map[string]any:
		if len(fields) == 1 {
			delete(t, fields[0])
			return
		}
		remove(t[fields[0]], fields[1:])
	case []any:
		for _, each := range t {
			remove(each, fields)
		}
	}
}
