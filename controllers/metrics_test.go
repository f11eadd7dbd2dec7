package controllers_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers"
)

// listed is a cache that has started.
type listed struct {
	client.Reader
	all     []v1alpha1.ChatRoom
	failure error
}

func (l *listed) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	list.(*v1alpha1.ChatRoomList).Items = l.all
	return l.failure
}

func looksLike(name string, conditions ...metav1.Condition) v1alpha1.ChatRoom {
	return v1alpha1.ChatRoom{
		ObjectMeta: metav1.ObjectMeta{Namespace: "chats", Name: name},
		Status:     v1alpha1.ChatRoomStatus{Conditions: conditions},
	}
}

func TestMetrics(t *testing.T) {
	ready := metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: "Chatting"}
	degraded := metav1.Condition{Type: v1alpha1.ConditionDegraded, Status: metav1.ConditionTrue, Reason: "MemberNotInStep"}
	cache, elected := &listed{all: []v1alpha1.ChatRoom{looksLike("a", ready, degraded), looksLike("new")}}, make(chan struct{})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(controllers.NewMetrics(cache, elected))
	if err := testutil.GatherAndCompare(registry, strings.NewReader("")); err != nil {
		t.Errorf("an operator that waits tells of ChatRooms: %v", err)
	}
	close(elected)
	if err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP chatapp_chatroom_condition 1 for the status that a condition of a ChatRoom has now, and its reason.
# TYPE chatapp_chatroom_condition gauge
chatapp_chatroom_condition{chatroom="a",condition="Degraded",namespace="chats",reason="MemberNotInStep",status="True"} 1
chatapp_chatroom_condition{chatroom="a",condition="Ready",namespace="chats",reason="Chatting",status="True"} 1
chatapp_chatroom_condition{chatroom="new",condition="Ready",namespace="chats",reason="NotSeen",status="Unknown"} 1
# HELP chatapp_chatrooms ChatRooms that this operator looks after; only from the one that works.
# TYPE chatapp_chatrooms gauge
chatapp_chatrooms 2
`)); err != nil {
		t.Error(err)
	}
	cache.all = nil
	if err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP chatapp_chatrooms ChatRooms that this operator looks after; only from the one that works.
# TYPE chatapp_chatrooms gauge
chatapp_chatrooms 0
`)); err != nil {
		t.Errorf("after the ChatRooms are gone: %v", err)
	}
	cache.failure = errors.New("the cache has not started")
	if _, err := registry.Gather(); err == nil || !strings.Contains(err.Error(), "has not started") {
		t.Errorf("a cache that fails: %v", err)
	}
}
