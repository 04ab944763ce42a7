{{/* Model servers: one container per runtime, used by every kind of object that can hold it. */}}

{{- define "docsql.modelName" -}}
{{- printf "%s-%s" (include "docsql.fullname" (index . 0)) (index . 1 | kebabcase) -}}
{{- end -}}

{{/* (list . "chat") -> the address that the service uses */}}
{{- define "docsql.modelUrl" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $model := index $root.Values.models $part -}}
{{- if $model.url -}}
{{- $model.url -}}
{{- else if eq $model.mode "kserve" -}}
{{- printf "http://%s-predictor.%s.svc.cluster.local" (include "docsql.modelName" .) $root.Release.Namespace -}}
{{- else -}}
{{- printf "http://%s:8080" (include "docsql.modelName" .) -}}
{{- end -}}
{{- end -}}

{{- define "docsql.modelClaim" -}}
{{- $model := index (index . 0).Values.models (index . 1) -}}
{{- default (printf "%s-cache" (include "docsql.modelName" .)) $model.cache.existingClaim -}}
{{- end -}}

{{- define "docsql.modelImage" -}}
{{- $root := index . 0 -}}
{{- $model := index $root.Values.models (index . 1) -}}
{{- include "docsql.image" (list $root (default (index $root.Values.images (include "docsql.runtime" .)) $model.image)) -}}
{{- end -}}

{{/* (list . "chat") -> "true" if KServe's own vLLM runtime serves it, which takes weights from storageUri */}}
{{- define "docsql.ofKserve" -}}
{{- $model := index (index . 0).Values.models (index . 1) -}}
{{- if or (eq $model.mode "llmInferenceService") (and (eq $model.mode "kserve") (eq (include "docsql.runtime" .) "vllm") (not $model.image)) -}}true{{- end -}}
{{- end -}}

{{- define "docsql.modelVariables" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $model := index $root.Values.models $part -}}
{{- $runtime := include "docsql.runtime" . -}}
{{- $hasFolder := ne $model.mode "llmInferenceService" -}}
- {name: HOME, value: /tmp}
# The pod's user is in no image's /etc/passwd, where PyTorch would look for its name.
- {name: USER, value: docsql}
{{- /* Both would report their use to their makers. */}}
{{- if eq $runtime "tgi" }}
- {name: USAGE_STATS, value: "off"}
{{- else if eq $runtime "vllm" }}
- {name: VLLM_NO_USAGE_STATS, value: "1"}
{{- end }}
{{- if eq $runtime "nim" }}
- {name: NIM_HTTP_API_PORT, value: "8080"}
- name: NGC_API_KEY
  valueFrom:
    secretKeyRef: {name: {{ default (printf "%s-ngc" (include "docsql.fullname" $root)) $root.Values.secrets.ngc.existing }}, key: {{ $root.Values.secrets.ngc.key }}}
{{- else }}
{{- if $hasFolder }}
{{- if eq $runtime "llamacpp" }}
- {name: LLAMA_CACHE, value: /data}
{{- end }}
- {name: HF_HOME, value: /data}
- {name: HUGGINGFACE_HUB_CACHE, value: /data}
{{- end }}
{{- if and $model.cache.enabled $model.cache.download }}
- {name: HF_HUB_OFFLINE, value: "1"}
{{- else if or $root.Values.secrets.huggingFace.existing $root.Values.secrets.huggingFace.token }}
{{- include "docsql.hubToken" $root }}
{{- end }}
{{- end }}
{{- include "docsql.network" $root }}
{{- with $model.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "docsql.hubToken" }}
- name: HF_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ default (printf "%s-hugging-face" (include "docsql.fullname" .)) .Values.secrets.huggingFace.existing }}, key: {{ .Values.secrets.huggingFace.key }}}
{{- end -}}

{{/* A model -> its resources with the GPUs in them */}}
{{- define "docsql.modelResources" -}}
{{- $model := . -}}
{{- $resources := deepCopy $model.resources -}}
{{- if gt (int $model.gpus) 0 -}}
{{- $limits := default dict $resources.limits -}}
{{- $_ := set $limits $model.gpuResource (int $model.gpus) -}}
{{- $_ := set $resources "limits" $limits -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/* (list . "chat" "container-name") -> the container */}}
{{- define "docsql.modelContainer" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $model := index $root.Values.models $part -}}
{{- $runtime := include "docsql.runtime" (list $root $part) -}}
{{- $health := ternary "/v1/health/ready" "/health" (eq $runtime "nim") -}}
- name: {{ index . 2 }}
  image: {{ include "docsql.modelImage" (list $root $part) }}
  imagePullPolicy: {{ $root.Values.images.pullPolicy }}
  {{- if eq $runtime "sglang" }}
  command: [python3, -m, sglang.launch_server]  # its image starts a shell
  {{- end }}
  {{- with include "docsql.modelArguments" (list $root $part) | fromJsonArray }}
  args: {{ toJson . }}
  {{- end }}
  env:
    {{- include "docsql.modelVariables" (list $root $part) | nindent 4 }}
  ports:
    - {name: http1, containerPort: 8080, protocol: TCP}
  startupProbe:
    httpGet: {path: {{ $health }}, port: 8080}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: {{ max 1 (div (int $model.startupSeconds) 10) }}
  readinessProbe:
    httpGet: {path: {{ $health }}, port: 8080}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 3
  livenessProbe:
    httpGet: {path: {{ $health }}, port: 8080}
    periodSeconds: 30
    timeoutSeconds: 15
    failureThreshold: 5
  resources:
    {{- include "docsql.modelResources" $model | nindent 4 }}
  securityContext:
    {{- include "docsql.containerSecurity" $root | nindent 4 }}
  volumeMounts:
    {{- include "docsql.modelMounts" (list $root $part) | nindent 4 }}
{{- end -}}

{{- define "docsql.modelMounts" -}}
{{- $root := index . 0 -}}
- {name: weights, mountPath: {{ include "docsql.modelFolder" (include "docsql.runtime" .) }}}
- {name: shm, mountPath: /dev/shm}
- {name: tmp, mountPath: /tmp}
{{- if $root.Values.certificateAuthorities.configMap }}
- {name: authorities, mountPath: /etc/docsql/authorities, readOnly: true}
{{- end }}
{{- end -}}

{{/* The chart's own ServingRuntime for TGI. */}}
{{- define "docsql.tgiRuntime" -}}
{{- printf "%s-tgi" (include "docsql.fullname" .) -}}
{{- end -}}

{{- define "docsql.modelVolumes" -}}
{{- $root := index . 0 -}}
{{- $model := index $root.Values.models (index . 1) -}}
- name: weights
  {{- if $model.cache.enabled }}
  persistentVolumeClaim: {claimName: {{ include "docsql.modelClaim" (list $root (index . 1)) }}}
  {{- else }}
  emptyDir: {sizeLimit: {{ $model.cache.size }}}
  {{- end }}
- name: shm
  emptyDir: {medium: Memory, sizeLimit: {{ $model.sharedMemory }}}
- name: tmp
  emptyDir: {}
{{- with $root.Values.certificateAuthorities.configMap }}
- name: authorities
  configMap: {name: {{ . }}}
{{- end }}
{{- end -}}

{{/* What a model's pod has besides containers and volumes, whoever makes it. */}}
{{- define "docsql.modelPod" -}}
{{- $root := index . 0 -}}
{{- $model := index $root.Values.models (index . 1) -}}
{{- include "docsql.pullSecrets" $root }}
automountServiceAccountToken: false
securityContext:
  {{- include "docsql.podSecurity" $root | nindent 2 }}
{{- with $model.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if gt (int $model.gpus) 0 }}
{{- with $model.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
volumes:
  {{- include "docsql.modelVolumes" . | nindent 2 }}
{{- end -}}
