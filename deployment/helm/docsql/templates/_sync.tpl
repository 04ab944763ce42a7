{{/* Sources that are brought up to date on a schedule. */}}

{{/* The sources that have a schedule, as YAML by name; nothing where there is none. */}}
{{- define "docsql.scheduledSources" -}}
{{- $found := dict -}}
{{- if .Values.sync.enabled -}}
{{- range $name, $source := default dict .Values.settings.sources -}}
{{- if $source.schedule -}}{{- $_ := set $found $name $source -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $found -}}{{- toYaml $found -}}{{- end -}}
{{- end -}}

{{/* (list . "handbook") -> the name of its CronJob and claim, which may have 52 letters */}}
{{- define "docsql.syncName" -}}
{{- $source := index . 1 -}}
{{- $plain := regexReplaceAll "[^a-z0-9-]+" $source "-" | trimAll "-" -}}
{{- $name := printf "%s-sync-%s" (include "docsql.fullname" (index . 0)) $plain -}}
{{- if or (gt (len $name) 52) (ne $plain $source) -}}
{{- $name = printf "%s-%s" ($name | trunc 43 | trimSuffix "-") ($source | sha256sum | trunc 8) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- define "docsql.syncPod" -}}
{{- $root := index . 0 -}}
{{- $source := index . 1 -}}
metadata:
  labels:
    {{- include "docsql.labels" (list $root "ingestion") | nindent 4 }}
spec:
  restartPolicy: OnFailure
  {{- include "docsql.pullSecrets" $root | nindent 2 }}
  automountServiceAccountToken: false
  securityContext:
    {{- include "docsql.podSecurity" $root | nindent 4 }}
  containers:
    - name: sync
      image: {{ include "docsql.image" (list $root $root.Values.images.service) }}
      imagePullPolicy: {{ $root.Values.images.pullPolicy }}
      args: {{ concat (list "sync" $source) $root.Values.sync.arguments | toJson }}
      env:
        {{- include "docsql.configVariables" $root | nindent 8 }}
        # The service has a folder of its own for files, and does not see this one.
        - {name: DOCSQL_DOCUMENTS__KEEP_FILES, value: "false"}
      resources:
        {{- toYaml $root.Values.sync.resources | nindent 8 }}
      securityContext:
        {{- include "docsql.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        {{- include "docsql.configMounts" $root | nindent 8 }}
        - {name: data, mountPath: /data}
  volumes:
    {{- include "docsql.configVolumes" $root | nindent 4 }}
    - name: data
      persistentVolumeClaim: {claimName: {{ include "docsql.syncName" (list $root $source) }}}
{{- end -}}
