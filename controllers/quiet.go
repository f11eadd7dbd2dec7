package controllers

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/controllers/desired"
)

// quiet remembers ChatRooms of which a whole pass had nothing to write, and from what that
// followed: while that is the same nothing is to be written either, and objects need not be
// made and compared again. It is no state: who knows nothing looks at everything. It is safe
// for concurrent use, and its zero value is ready.
type quiet struct {
	mu    sync.Mutex
	rooms map[types.NamespacedName]stillness
}

// stillness is what a pass that wrote nothing followed from, and what it found.
type stillness struct {
	from    [sha256.Size]byte
	objects desired.Objects // without the objects
}

func (q *quiet) known(room types.NamespacedName) stillness {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.rooms[room]
}

func (q *quiet) remember(room types.NamespacedName, s stillness) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.rooms == nil {
		q.rooms = map[types.NamespacedName]stillness{}
	}
	q.rooms[room] = s
}

// leave is for one that is no more.
func (q *quiet) leave(room types.NamespacedName) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.rooms, room)
}

// isStill tells whether what a pass follows from is the same as when one wrote nothing.
// Only a ChatRoom to which nothing is the matter is still: problems are told anew by every
// pass, and what is under way is looked at closely.
func (p *pass) isStill(ctx context.Context) (from [sha256.Size]byte, still bool, err error) {
	if len(p.problems) > 0 || !p.settled() || p.room.Spec.Hibernate {
		return from, false, nil
	}
	if from, err = p.follows(ctx); err != nil {
		return from, false, err
	}
	if s := p.quiet.known(client.ObjectKeyFromObject(p.room)); s.from == from {
		p.objects = s.objects
		return from, true, nil
	}
	return from, false, nil
}

// rememberStill notes that a pass has written nothing.
func (p *pass) rememberStill(from [sha256.Size]byte) {
	if p.wrote || len(p.problems) > 0 || from == [sha256.Size]byte{} {
		return
	}
	p.quiet.remember(client.ObjectKeyFromObject(p.room), stillness{from: from, objects: desired.Objects{Skipped: p.objects.Skipped, Scaler: p.objects.Scaler}})
}

// follows is what the objects of a ChatRoom and the writes of a pass follow from: what is
// desired is a function of its input, and what is written one of that and of what there is.
func (p *pass) follows(ctx context.Context) (from [sha256.Size]byte, err error) {
	in := p.in
	in.Room, in.Installation.Rules, in.Installation.Dashboards = nil, nil, nil // for the generation, and never another
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s %d %+v", p.room.UID, p.room.Generation, in) // maps are printed in order
	var versions []string
	for _, list := range p.lists() {
		// They are only read, and copying all of them is most of what a look costs.
		kind, err := listed(list, p.Scheme())
		if err != nil {
			return from, err
		}
		reading, cancel := p.reading(ctx, kind)
		err = p.List(reading, list, client.InNamespace(p.room.Namespace), client.MatchingLabels(p.in.Labels()), client.UnsafeDisableDeepCopy)
		cancel()
		if p.wentAway(ctx, kind, err) {
			continue
		}
		if err != nil {
			return from, fmt.Errorf("listing %T: %w", list, err)
		}
		err = meta.EachListItem(list, func(item runtime.Object) error {
			object, err := meta.Accessor(item)
			if err == nil {
				versions = append(versions, fmt.Sprintf("%T %s %s %s", item, object.GetName(), object.GetUID(), object.GetResourceVersion()))
			}
			return err
		})
		if err != nil {
			return from, fmt.Errorf("listing %T: %w", list, err)
		}
	}
	slices.Sort(versions) // neither caches nor kinds have an order
	_, _ = fmt.Fprintf(h, "%q", versions)
	return [sha256.Size]byte(h.Sum(nil)), nil
}
