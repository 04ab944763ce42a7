{{/* Pods that read documents: the Job's, and those of a Ray cluster. */}}

{{- define "docsql.ingestionPod" -}}
metadata:
  labels:
    {{- include "docsql.labels" (list . "ingestion") | nindent 4 }}
spec:
  restartPolicy: OnFailure
  {{- include "docsql.pullSecrets" . | nindent 2 }}
  automountServiceAccountToken: false
  securityContext:
    {{- include "docsql.podSecurity" . | nindent 4 }}
  containers:
    - name: ingest
      image: {{ include "docsql.image" (list . .Values.images.service) }}
      imagePullPolicy: {{ .Values.images.pullPolicy }}
      {{- $workers := ternary (list "--workers" (printf "ray://%s-ray-head-svc:10001" (include "docsql.fullname" .))) list .Values.ingestion.ray.enabled }}
      args: {{ concat (list "ingest" .Values.ingestion.path "--collection" .Values.ingestion.collection) $workers .Values.ingestion.arguments | toJson }}
      env:
        {{- include "docsql.configVariables" . | nindent 8 }}
      resources:
        {{- toYaml .Values.ingestion.resources | nindent 8 }}
      securityContext:
        {{- include "docsql.containerSecurity" . | nindent 8 }}
      volumeMounts:
        {{- include "docsql.configMounts" . | nindent 8 }}
        - {name: documents, mountPath: {{ .Values.ingestion.path }}, readOnly: true}
        - {name: data, mountPath: /data}
  volumes:
    {{- include "docsql.configVolumes" . | nindent 4 }}
    - name: documents
      persistentVolumeClaim: {claimName: {{ .Values.ingestion.claim }}, readOnly: true}
    - name: data
      emptyDir: {}
{{- end -}}

{{- define "docsql.rayPod" -}}
{{- $root := index . 0 -}}
metadata:
  labels:
    {{- include "docsql.labels" (list $root "ingestion") | nindent 4 }}
spec:
  {{- include "docsql.pullSecrets" $root | nindent 2 }}
  automountServiceAccountToken: false
  securityContext:
    {{- include "docsql.podSecurity" $root | nindent 4 }}
  containers:
    - name: {{ index . 1 }}
      # The same program as the Job's, so that both read files alike.
      image: {{ include "docsql.image" (list $root $root.Values.images.service) }}
      imagePullPolicy: {{ $root.Values.images.pullPolicy }}
      env:
        - {name: RAY_USAGE_STATS_ENABLED, value: "0"}
        - {name: HOME, value: /tmp}
      resources:
        {{- toYaml $root.Values.ingestion.ray.resources | nindent 8 }}
      securityContext:
        {{- include "docsql.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: shm, mountPath: /dev/shm}
        - {name: documents, mountPath: {{ $root.Values.ingestion.path }}, readOnly: true}
  volumes:
    - name: tmp
      emptyDir: {}
    - name: shm
      emptyDir: {medium: Memory, sizeLimit: 1Gi}
    - name: documents
      persistentVolumeClaim: {claimName: {{ $root.Values.ingestion.claim }}, readOnly: true}
{{- end -}}
