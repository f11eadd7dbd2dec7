package controllers_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/controllers"
	"github.com/parley-chat/parley/controllers/clustertest"
)

// mostCPU is what a look at an unchanged ChatRoom may cost.
const mostCPU = 5 * time.Millisecond

// BenchmarkUnchanged looks at a ChatRoom that needs nothing, from the cache of a whole
// operator, with all optional APIs there. It tells processor time: what the machine does
// beside does not count.
func BenchmarkUnchanged(b *testing.B) {
	c := clustertest.Start(b)
	allow(b, c)
	c.InstallOptional(b)
	manager, rooms, err := whole(asOperator(c), c.Scheme, &servers{}, controllers.LookForAPIs, logr.Discard())
	if err != nil {
		b.Fatal(err)
	}
	run(b, manager)
	o := &operator{t: b, cluster: c, admin: c.Client, namespace: c.Namespace(b, "room")}
	o.room(nothing)
	for !o.helpUp() {
		time.Sleep(100 * time.Millisecond)
	}
	request := ctrl.Request{NamespacedName: client.ObjectKey{Namespace: o.namespace, Name: "chat"}}
	before := processorTime(b)
	for b.Loop() {
		if _, err := rooms.Reconcile(b.Context(), request); err != nil {
			b.Fatal(err)
		}
	}
	each := (processorTime(b) - before) / time.Duration(b.N)
	b.ReportMetric(float64(each.Microseconds())/1000, "cpu-ms/op")
	if each > mostCPU {
		b.Errorf("a look at an unchanged ChatRoom cost %v of a processor, more than %v", each, mostCPU)
	}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
