package controllers

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/desired"
)

// Servers asks chat servers about themselves.
type Servers interface {
	// Ask gives what they answer, by the names of their pods. Who does not answer is left
	// out.
	Ask(ctx context.Context, pods []corev1.Pod) map[string]Answer
	// Try has one of them send a message to itself through the chat, and tells what became
	// of it.
	Try(ctx context.Context, pod *corev1.Pod) (result v1alpha1.TrialResult, message string)
}

// Answer is what a server says of itself.
type Answer struct {
	Clients int64 // connections that are in the chat
	Version string
}

const (
	askTimeout = 2 * time.Second
	askAtOnce  = 8
	mostAnswer = 1 << 20 // bytes of one server's metrics
)

// AdminPorts asks servers at their admin ports, which only monitoring and the operator
// reach.
type AdminPorts struct{ client http.Client }

// NewAdminPorts makes one; it is safe for concurrent use.
func NewAdminPorts() *AdminPorts {
	return &AdminPorts{client: http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// mayAnswer: it can be asked, and will be there for a while.
func mayAnswer(pod *corev1.Pod) bool {
	return isReady(pod) && pod.Status.PodIP != "" && pod.DeletionTimestamp == nil
}

func adminOf(pod *corev1.Pod) string {
	return net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(desired.AdminPort))
}

// Ask asks all pods that are ready.
func (a *AdminPorts) Ask(ctx context.Context, pods []corev1.Pod) map[string]Answer {
	var mu sync.Mutex // held for answers
	answers := map[string]Answer{}
	var all sync.WaitGroup
	places := make(chan struct{}, askAtOnce)
	for i := range pods {
		pod := &pods[i]
		if !mayAnswer(pod) {
			continue
		}
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			answer, err := a.ask(ctx, adminOf(pod))
			if err != nil {
				return // it is counted again when it answers
			}
			mu.Lock()
			defer mu.Unlock()
			answers[pod.Name] = answer
		})
	}
	all.Wait()
	return answers
}

func (a *AdminPorts) ask(ctx context.Context, address string) (answer Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return answer, fmt.Errorf("asking %s: %w", address, err)
	}
	response, err := a.client.Do(request)
	if err != nil {
		return answer, fmt.Errorf("asking %s: %w", address, err)
	}
	defer func() { _ = response.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	metrics, err := parser.TextToMetricFamilies(io.LimitReader(response.Body, mostAnswer))
	if err != nil {
		return answer, fmt.Errorf("asking %s: %w", address, err)
	}
	clients := metrics["chatapp_connected_clients"].GetMetric()
	if len(clients) != 1 {
		return answer, fmt.Errorf("asking %s: it does not tell its clients", address)
	}
	answer.Clients = int64(clients[0].GetGauge().GetValue())
	for _, build := range metrics["chatapp_build_info"].GetMetric() {
		for _, label := range build.GetLabel() {
			if label.GetName() == "version" {
				answer.Version = label.GetValue()
			}
		}
	}
	return answer, nil
}

// sumUp gives the connections over all servers, nil when none answered, and the version
// that they run.
func sumUp(answers map[string]Answer) (clients *int64, version string) {
	if len(answers) == 0 {
		return nil, ""
	}
	clients = new(int64)
	for _, answer := range answers {
		*clients += answer.Clients
		version = max(version, answer.Version) // of several during a rollout always the same
	}
	return clients, version
}

// costAnnotation makes a Deployment that shrinks end the pods with the fewest connections
// first:
// https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost
const costAnnotation = "controller.kubernetes.io/pod-deletion-cost"

// noteClients keeps the cost of each server's pod near its connections.
func (p *pass) noteClients(ctx context.Context) error {
	if len(p.seen.serverPods) < 2 {
		return nil
	}
	for i := range p.seen.serverPods {
		pod := &p.seen.serverPods[i]
		answer, ok := p.seen.answers[pod.Name]
		if before, _ := strconv.ParseInt(pod.Annotations[costAnnotation], 10, 32); !ok || !noticeable(before, answer.Clients) {
			continue
		}
		patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, costAnnotation, strconv.FormatInt(answer.Clients, 10))
		bare := &corev1.Pod{}
		bare.Namespace, bare.Name = pod.Namespace, pod.Name
		if err := client.IgnoreNotFound(p.Patch(ctx, bare, client.RawPatch(types.MergePatchType, patch))); err != nil {
			return fmt.Errorf("noting the connections of %s: %w", pod.Name, err)
		}
	}
	return nil
}

// noticeable: by a fifth and ten connections at least, or from or to nobody.
func noticeable(before, now int64) bool {
	change := max(now-before, before-now)
	return change > 0 && (now == 0 || before == 0 || change >= 10 && change*5 >= before)
}
