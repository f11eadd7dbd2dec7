{{/* The release's name with the chart's, unless one holds the other. */}}
{{- define "parley.name" -}}
{{- if contains "parley" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-parley" (.Release.Name | trunc 43 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "parley.operator" -}}
{{- printf "%s-operator" (include "parley.name" .) -}}
{{- end -}}

{{- define "parley.account" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "parley.operator" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name must name an account that exists, because serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/*
What the operator's pods are found by. NetworkPolicies of ChatRooms let it in by the first
of these labels, so that it is the same in all releases.
*/}}
{{- define "parley.selector" -}}
app.kubernetes.io/name: parley-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "parley.about" -}}
app.kubernetes.io/part-of: parley
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "parley.labels" -}}
{{ include "parley.selector" . }}
{{ include "parley.about" . }}
{{- end -}}

{{/* The image of (list $ "server"). */}}
{{- define "parley.image" -}}
{{- $ := index . 0 -}}
{{- $image := index $.Values.images (index . 1) -}}
{{- with $.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest -}}
@{{ $image.digest }}
{{- else -}}
:{{ coalesce $image.tag $.Values.image.tag $.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "parley.room.namespace" -}}
{{- default .Release.Namespace .Values.chatRoom.namespace -}}
{{- end -}}

{{/* Pods by the restricted Pod Security Standard. */}}
{{- define "parley.pod.security" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "parley.container.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}
