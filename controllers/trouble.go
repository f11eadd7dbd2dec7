package controllers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/parley-chat/parley/controllers/status"
)

// waitingReasons are those of containers that do not come up by waiting alone.
var waitingReasons = []string{
	"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError",
}

// placeWithin is how long a pod may look for a node before anybody is told: its volume may
// only be in the making.
const placeWithin = 15 * time.Second

// troubles are what keeps pods from running, in words.
func troubles(pods []corev1.Pod, now time.Time) (all []status.Problem) {
	for i := range pods {
		pod := &pods[i]
		if pod.DeletionTimestamp != nil {
			continue
		}
		young := now.Sub(pod.CreationTimestamp.Time) < placeWithin
		if message, yes := unschedulable(pod); yes && !young {
			all = append(all, status.Problem{Reason: "Unschedulable", Message: fmt.Sprintf("Pod %s finds no node: %s.", pod.Name, sentenceOf(message))})
		}
		for _, container := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
			if problem, ok := waiting(pod, container); ok {
				all = append(all, problem)
			}
		}
	}
	return all
}

func waiting(pod *corev1.Pod, container corev1.ContainerStatus) (status.Problem, bool) {
	w := container.State.Waiting
	if w == nil || !slices.Contains(waitingReasons, w.Reason) {
		return status.Problem{}, false
	}
	message := w.Message
	if last := container.LastTerminationState.Terminated; w.Reason == "CrashLoopBackOff" && last != nil {
		message = fmt.Sprintf("it ended with code %d, %s", last.ExitCode, cmp.Or(last.Message, last.Reason, "and says nothing"))
	}
	return status.Problem{Reason: w.Reason, Message: fmt.Sprintf("Pod %s, container %s, image %s: %s.", pod.Name, container.Name, container.Image, sentenceOf(cmp.Or(message, w.Reason)))}, true
}

// unbound are volumes that are gone, or do not come. Some are made only when their pod has
// found a node, so a claim without one is no trouble until its pod waits for that.
func unbound(volumes []corev1.PersistentVolumeClaim, pods []corev1.Pod, now time.Time) (all []status.Problem) {
	for i := range volumes {
		switch v := &volumes[i]; {
		case v.Status.Phase == corev1.ClaimLost:
			all = append(all, status.Problem{Reason: "VolumeLost", Message: fmt.Sprintf("The volume of claim %s is gone.", v.Name)})
		case v.Status.Phase != corev1.ClaimBound && now.Sub(v.CreationTimestamp.Time) >= placeWithin && waitsFor(pods, v.Name):
			class := "the cluster's default StorageClass, of which there may be none"
			if name := v.Spec.StorageClassName; name != nil && *name != "" {
				class = "StorageClass " + *name
			}
			all = append(all, status.Problem{Reason: "VolumeNotBound", Message: fmt.Sprintf(
				"No volume has been made for claim %s by %s: see kubectl describe pvc %s, and spec.database.storage.", v.Name, class, v.Name)})
		}
	}
	return all
}

// waitsFor tells whether a pod finds no node because of volumes, and has this claim.
func waitsFor(pods []corev1.Pod, claim string) bool {
	for i := range pods {
		message, ok := unschedulable(&pods[i])
		if !ok || !strings.Contains(strings.ToLower(message), "persistentvolume") && !strings.Contains(strings.ToLower(message), "storageclass") {
			continue
		}
		for _, volume := range pods[i].Spec.Volumes {
			if volume.PersistentVolumeClaim != nil && volume.PersistentVolumeClaim.ClaimName == claim {
				return true
			}
		}
	}
	return false
}

// unschedulable tells whether the scheduler has found no node for a pod, and what it says.
func unschedulable(pod *corev1.Pod) (message string, yes bool) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return c.Message, true
		}
	}
	return "", false
}

// sentenceOf is a message of others as the end of a sentence of ours: in one piece, and
// not without end.
func sentenceOf(message string) string {
	const most = 300
	runes := []rune(message)
	if len(runes) > most {
		runes = append(runes[:most], '…')
	}
	for len(runes) > 0 && runes[len(runes)-1] == '.' {
		runes = runes[:len(runes)-1]
	}
	return string(runes)
}

// reasonOf is an error for a status: short.
func reasonOf(err error) string { return sentenceOf(err.Error()) }
