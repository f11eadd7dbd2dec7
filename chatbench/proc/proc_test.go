//go:build linux

package proc

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is also the child that the tests measure.
const childRole = "CHATBENCH_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childRole) {
	case "":
		goleak.VerifyTestMain(m)
	case "fail":
		fmt.Fprintln(os.Stderr, "the reason")
		os.Exit(3)
	case "spin":
		spin()
	}
}

// spin uses 300 ms of CPU and 64 MiB of memory, says so, and waits for its end.
func spin() {
	held := make([]byte, 64<<20)
	var used syscall.Rusage
	for time.Duration(used.Utime.Nano()+used.Stime.Nano()) < 300*time.Millisecond {
		for i := 0; i < len(held); i += 4096 {
			held[i]++
		}
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			panic(err)
		}
	}
	fmt.Println("spun")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	fmt.Println(len(held))
}

func startChild(t *testing.T, role string) *Process {
	t.Helper()
	p, err := Start([]string{childRole + "=" + role}, os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

func TestUsage(t *testing.T) {
	busyBefore, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	p := startChild(t, "spin")
	if line, err := bufio.NewReader(p.Out).ReadString('\n'); line != "spun\n" {
		t.Fatalf("%q, %v", line, err)
	}
	cpu, err := CPU(p.PID())
	if err != nil {
		t.Fatal(err)
	}
	// Under -race the runtime's own threads use some more.
	if cpu < 300*time.Millisecond || cpu > 3*time.Second {
		t.Errorf("%v of CPU, used at least 300ms", cpu)
	}
	busy, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	if busy -= busyBefore; busy < 250*time.Millisecond { // ticks are sampled, not counted
		t.Errorf("the machine worked for %v, this child alone for %v", busy, cpu)
	}
	rss, err := RSS(p.PID())
	if err != nil {
		t.Fatal(err)
	}
	if rss < 64<<20 || rss > 512<<20 {
		t.Errorf("%d MiB resident, touched 64", rss>>20)
	}
}

func TestStopEndsIt(t *testing.T) {
	p := startChild(t, "spin")
	if err := p.Failure(); err != nil {
		t.Errorf("alive, and yet: %v", err)
	}
	p.Stop()
	p.Stop() // once more changes nothing
	if err := syscall.Kill(p.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", p.PID(), err)
	}
	if _, err := CPU(p.PID()); err == nil {
		t.Error("CPU of a process that is gone")
	}
	if _, err := RSS(p.PID()); err == nil {
		t.Error("memory of a process that is gone")
	}
}

func TestFailureSaysWhy(t *testing.T) {
	p := startChild(t, "fail")
	<-p.Ended()
	if err := p.Failure(); err == nil || !strings.Contains(err.Error(), "the reason") || !strings.Contains(err.Error(), "exit status 3") {
		t.Error(err)
	}
}

func TestStartOfNothing(t *testing.T) {
	if _, err := Start(nil, "/does/not/exist"); err == nil {
		t.Error("started nothing")
	}
}
