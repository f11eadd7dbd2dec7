package controllers

import (
	"hash/maphash"
	"maps"
	"reflect"
	"sync"

	"k8s.io/client-go/tools/cache"
	ctrlcache "sigs.k8s.io/controller-runtime/pkg/cache"
)

// What is shared: texts that are not longer, in bytes, and so many of them and of labels,
// after which it begins anew. Names of fields, labels, ports and images are short and few;
// what there is once for each ChatRoom passes through.
const (
	longestShared = 64
	mostShared    = 1 << 12
)

// sharer keeps one copy of each text and of each set of labels that objects of the caches
// have. Each object is decoded with its own, though the texts stand in all ChatRooms' objects
// and the labels in many of one's. It is safe for concurrent use. Nobody writes to an object
// in a cache: readers have copies, or only read.
type sharer struct {
	mu     sync.Mutex
	texts  map[string]string
	labels map[uint64]map[string]string
	seed   maphash.Seed
}

func newSharer() *sharer {
	return &sharer{texts: map[string]string{}, labels: map[uint64]map[string]string{}, seed: maphash.MakeSeed()}
}

// inCaches is for all caches of the process.
var inCaches = newSharer()

// shared has what goes before a cache share texts, after something else was done to it.
func shared(before cache.TransformFunc) cache.TransformFunc {
	return func(object any) (any, error) {
		object, err := before(object)
		if err == nil {
			inCaches.share(object)
		}
		return object, err
	}
}

// plain goes before the cache of objects of which all but who has set what is read.
var plain = ctrlcache.TransformStripManagedFields()

func (s *sharer) share(object any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.walk(reflect.ValueOf(object))
}

func (s *sharer) one(text string) string {
	if len(text) > longestShared {
		return text
	}
	if known, ok := s.texts[text]; ok {
		return known
	}
	if len(s.texts) >= mostShared {
		clear(s.texts)
	}
	s.texts[text] = text
	return text
}

// walk shares all texts that can be reached and set.
func (s *sharer) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(s.one(v.String()))
		}
	case reflect.Interface:
		if text, ok := v.Interface().(string); ok && v.CanSet() {
			v.Set(reflect.ValueOf(s.one(text)))
			return
		}
		s.walk(v.Elem())
	case reflect.Pointer:
		s.walk(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				s.walk(field)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				s.walk(v.Index(i))
			}
		}
	case reflect.Map:
		s.walkMap(v)
	}
}

// walkMap puts keys and values back: an equal key takes the place of the one before it.
func (s *sharer) walkMap(v reflect.Value) {
	if v.Type().Key().Kind() != reflect.String || v.Len() == 0 {
		return
	}
	labels, ok := v.Interface().(map[string]string)
	var sum uint64
	if ok = ok && v.CanSet(); ok {
		sum = s.sum(labels)
		if known := s.labels[sum]; maps.Equal(known, labels) {
			v.Set(reflect.ValueOf(known))
			return
		}
	}
	key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	for each := v.MapRange(); each.Next(); {
		key.SetString(s.one(each.Key().String()))
		value.Set(each.Value())
		s.walk(value)
		v.SetMapIndex(key, value)
	}
	if ok {
		s.keep(sum, labels)
	}
}

// keep has labels of this sum shared from now on.
func (s *sharer) keep(sum uint64, labels map[string]string) {
	for _, value := range labels {
		if len(value) > longestShared {
			return // no other has these
		}
	}
	if len(s.labels) >= mostShared {
		clear(s.labels)
	}
	s.labels[sum] = labels
}

// sum is the same for equal labels.
func (s *sharer) sum(labels map[string]string) (sum uint64) {
	for key, value := range labels {
		sum += maphash.String(s.seed, key) ^ 3*maphash.String(s.seed, value)
	}
	return sum
}
