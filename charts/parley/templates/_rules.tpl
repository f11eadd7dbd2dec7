{{- /* Made of config/rbac by hack/chart. */}}

{{- define "parley.rules.operator" -}}
- apiGroups: [parley.chat]
  resources: [chatrooms]
  verbs: [get, list, watch]
- apiGroups: [parley.chat]
  resources: [chatrooms/status]
  verbs: [patch]
# So that owner references may block deletion.
- apiGroups: [parley.chat]
  resources: [chatrooms/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [configmaps, secrets, services]
  verbs: [get, list, watch, create, patch, delete]
# Its pods always need one; it goes with the ChatRoom.
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get, list, watch, create, patch]
# Pods are rolled one by one, and know their connections.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch, delete]
# Volumes are made larger, and never deleted by it.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [list, watch, patch]
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [ingresses, networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [events.k8s.io, ""]
  resources: [events]
  verbs: [create, patch]
# Where the cluster has them.
- apiGroups: [monitoring.coreos.com]
  resources: [servicemonitors, prometheusrules]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [cert-manager.io]
  resources: [certificates]
  verbs: [get, list, watch, create, patch, delete]
{{- end -}}

{{- define "parley.rules.leader-election" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [parley-operator.parley.chat]
  verbs: [get, update, patch]
{{- end -}}

{{- define "parley.rules.chatroom-editor" -}}
- apiGroups: [parley.chat]
  resources: [chatrooms, chatrooms/scale]
  verbs: [get, list, watch, create, update, patch, delete]
{{- end -}}

{{- define "parley.rules.chatroom-viewer" -}}
- apiGroups: [parley.chat]
  resources: [chatrooms, chatrooms/status]
  verbs: [get, list, watch]
{{- end -}}
