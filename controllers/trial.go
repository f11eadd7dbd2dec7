package controllers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

const (
	tryTimeout = 10 * time.Second // a server gives up after 8
	tryServers = 2                // that are asked before it is said that nothing gets through
	mostSaid   = 500              // bytes of what a server says
)

// tryOut has a server send a message through the chat, once the servers are as wanted. It
// is done anew after a rollout and when there is another primary, and again while it fails;
// never only because time has passed.
func (p *pass) tryOut(ctx context.Context) {
	w, of := p.seen.serverStatus, p.tried()
	if p.room.Spec.Hibernate || !p.settled() || w.Ready == 0 || w.Updated < w.Pods {
		return
	}
	if p.trial != nil && p.trial.Of == of && p.trial.Result != v1alpha1.TrialFailed {
		return
	}
	result, message := p.try(ctx)
	if result == "" {
		return // nobody could be asked
	}
	now := &v1alpha1.TrialStatus{Of: of, Result: result, Message: message, At: metav1.NewTime(p.Now().Truncate(time.Second))}
	if p.trial != nil && p.trial.Of == of && p.trial.Result == result && p.trial.Message == message {
		now.At = p.trial.At
	}
	p.trial = now
}

// try asks servers until one passes.
func (p *pass) try(ctx context.Context) (result v1alpha1.TrialResult, message string) {
	asked := 0
	for i := range p.seen.serverPods {
		pod := &p.seen.serverPods[i]
		if !mayAnswer(pod) || asked == tryServers {
			continue
		}
		asked++
		if result, message = p.Servers.Try(ctx, pod); result != v1alpha1.TrialFailed {
			return result, ""
		}
	}
	return result, message
}

// tried stands for what a trial is about: the servers as they were applied, and the
// primary behind them.
func (p *pass) tried() string {
	of := []string{""}
	if d := p.seen.server; d != nil {
		of[0] = d.Annotations[digestAnnotation]
	}
	for _, m := range p.database.Members {
		if m.State == "PRIMARY" {
			of = append(of, m.Name)
		}
	}
	return strings.Join(of, "/")
}

// Try asks at the admin port.
func (a *AdminPorts) Try(ctx context.Context, pod *corev1.Pod) (result v1alpha1.TrialResult, message string) {
	return a.try(ctx, pod.Name, adminOf(pod))
}

func (a *AdminPorts) try(ctx context.Context, name, address string) (result v1alpha1.TrialResult, message string) {
	failed := func(why string) (v1alpha1.TrialResult, string) {
		return v1alpha1.TrialFailed, fmt.Sprintf("%s: %s.", name, sentenceOf(why))
	}
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/trial", http.NoBody)
	if err != nil {
		return failed(err.Error())
	}
	response, err := a.client.Do(request)
	if err != nil {
		return failed(err.Error())
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(response.Body, mostSaid))
	switch {
	case err != nil:
		return failed(err.Error())
	case response.StatusCode == http.StatusOK:
		return v1alpha1.TrialPassed, ""
	case response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusMethodNotAllowed:
		return v1alpha1.TrialUnsupported, ""
	}
	return failed(strings.TrimSpace(string(said)))
}
