{{/* Names, labels, images and the hardening that every pod has. */}}

{{- define "docsql.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* (list . "service") -> labels that select a part's pods */}}
{{- define "docsql.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "docsql.labels" -}}
{{- $root := index . 0 -}}
{{ include "docsql.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: docsql
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- if $root.Values.ezua.enabled }}
hpe-ezua/app: {{ $root.Release.Name }}
hpe-ezua/type: vendor-service
{{- end }}
{{- end -}}

{{/* (list . "ghcr.io/a/b:1") -> the same, or its name in the mirror */}}
{{- define "docsql.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $first := splitList "/" $image | first -}}
{{- if $root.Values.images.registry -}}
{{- if and (contains "/" $image) (or (contains "." $first) (contains ":" $first)) -}}
{{- $image = trimPrefix (printf "%s/" $first) $image -}}
{{- end -}}
{{- $image = printf "%s/%s" (trimSuffix "/" $root.Values.images.registry) $image -}}
{{- end -}}
{{- $image -}}
{{- end -}}

{{- define "docsql.pullSecrets" -}}
{{- $names := .Values.images.pullSecrets -}}
{{- if .Values.secrets.registry.server -}}
{{- $names = append $names (printf "%s-registry" (include "docsql.fullname" .)) -}}
{{- end -}}
{{- with $names }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "docsql.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "docsql.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "docsql.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "docsql.selector" . | nindent 8 }}
{{- end -}}

{{/* Variables for a network with a proxy and authorities of its own. */}}
{{- define "docsql.network" -}}
{{- with .Values.proxy.http }}
- {name: HTTP_PROXY, value: {{ . | quote }}}
{{- end }}
{{- with .Values.proxy.https }}
- {name: HTTPS_PROXY, value: {{ . | quote }}}
{{- end }}
{{- if or .Values.proxy.http .Values.proxy.https }}
- {name: NO_PROXY, value: {{ printf "localhost,127.0.0.1,.svc,.svc.cluster.local%s" (ternary (printf ",%s" .Values.proxy.exceptions) "" (ne .Values.proxy.exceptions "")) | quote }}}
{{- end }}
{{- if .Values.certificateAuthorities.configMap }}
- {name: SSL_CERT_FILE, value: /etc/docsql/authorities/{{ .Values.certificateAuthorities.key }}}
{{- end }}
{{- end -}}
