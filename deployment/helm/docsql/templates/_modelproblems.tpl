{{/* What is wrong with `models`, a line each. */}}

{{- define "docsql.modelProblems" -}}
{{- range $part := list "chat" "sqlCoder" "embeddings" "reranker" -}}
{{- $at := list $ $part -}}
{{- include "docsql.modeProblems" $at -}}
{{- if has (index $.Values.models $part).mode (list "deployment" "kserve" "llmInferenceService") -}}
{{- include "docsql.runtimeProblems" $at -}}
{{- include "docsql.serverProblems" $at -}}
{{- include "docsql.flagProblems" $at -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Of mode, url and what the settings say beside them. */}}
{{- define "docsql.modeProblems" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $model := index $root.Values.models $part -}}
{{- $section := snakecase $part -}}
{{- $settings := default dict (index $root.Values.settings $section) -}}
{{- range $value, $url := dict (printf "models.%s" $part) $model.url (printf "settings.%s" $section) (default "" $settings.url) }}
{{- if and $url (not (regexMatch "^https?://[^/]+" $url)) }}
- {{ $value }}.url is {{ $url }}: write it with its scheme, such as http://{{ $url }}.
{{- end }}
{{- end }}
{{- if eq $model.mode "none" }}
{{- with $model.runtime }}
- models.{{ $part }}.runtime is {{ . }}, but models.{{ $part }}.mode is none, so no server is made: set mode to deployment, kserve, llmInferenceService or external.
{{- end }}
{{- with $model.url }}
- models.{{ $part }}.url is {{ . }}, but models.{{ $part }}.mode is none, so it is not used: set mode to external.
{{- end }}
{{- else }}
{{- with $settings.url }}
- models.{{ $part }}.mode is {{ $model.mode }}, and settings.{{ $section }}.url names another server: remove settings.{{ $section }}.url.
{{- end }}
{{- end }}
{{- if and (has $model.mode (list "external" "llmInferenceService")) (not $model.url) }}
- models.{{ $part }}.mode is {{ $model.mode }}: set models.{{ $part }}.url to its address{{ if ne $model.mode "external" }} (the LLMInferenceService says it in status.url){{ end }}.
{{- end }}
{{- if and (eq $model.mode "deployment") $model.url }}
- models.{{ $part }}.mode is deployment, which has an address of its own: remove models.{{ $part }}.url, or set mode to external to use that server.
{{- end }}
{{- if and (eq $model.mode "external") (has $model.runtime (list "vllm" "sglang" "llamacpp" "nim")) (eq $part "chat") (not $settings.model) }}
- models.chat.runtime is {{ $model.runtime }}: set settings.chat.model to the model's name as that server's /v1/models says it.
{{- end }}
{{- end -}}

{{/* Of runtimes that do not fit the part or the mode. */}}
{{- define "docsql.runtimeProblems" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $model := index $root.Values.models $part -}}
{{- $runtime := include "docsql.runtime" . -}}
{{- $can := get (dict "chat" (list "tgi" "vllm" "sglang" "llamacpp" "nim") "sqlCoder" (list "tgi") "embeddings" (list "tei") "reranker" (list "tei")) $part -}}
{{- if not (has $runtime $can) }}
{{- if eq $part "sqlCoder" }}
- models.sqlCoder.runtime is {{ $runtime }}, but the SQL coder is asked over TGI's own route: set runtime to tgi, or mode to none, and the chat model writes the SQL.
{{- else }}
- models.{{ $part }}.runtime is {{ $runtime }}, which cannot serve {{ $part }}: use {{ join ", " $can }}.
{{- end }}
{{- else if and (eq $model.mode "llmInferenceService") (ne $runtime "vllm") }}
- models.{{ $part }}.runtime is {{ $runtime }}, but an LLMInferenceService runs vLLM: set mode to deployment or kserve to run {{ $runtime }}, or leave runtime out.
{{- end }}
{{- if and (eq $runtime "nim") (not $root.Values.secrets.ngc.existing) (not $root.Values.secrets.ngc.apiKey) }}
- models.{{ $part }}.runtime is nim: set secrets.ngc.existing to the Secret with your NGC key (deployment/setup.ipynb creates it).
{{- end }}
{{- if and (not $model.image) (not (index $root.Values.images $runtime)) (not (include "docsql.ofKserve" .)) }}
- Set images.{{ $runtime }} to the image that models.{{ $part }} runs in.
{{- end }}
{{- end -}}

{{/* Of the model itself and of how many there are. */}}
{{- define "docsql.serverProblems" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $model := index $root.Values.models $part -}}
{{- $runtime := include "docsql.runtime" . -}}
{{- if not $model.model }}
- models.{{ $part }}.model is empty: set it to the model's name on the hub, or to its folder on the volume.
{{- end }}
{{- if not $model.servedName }}
- models.{{ $part }}.servedName is empty: set it to the name under which the server offers the model, such as chat.
{{- end }}
{{- if and (eq $runtime "llamacpp") (not (hasPrefix "/" $model.model)) (ne $model.mode "llmInferenceService") (not (contains "gguf" (lower $model.model))) }}
- models.{{ $part }}.model is {{ $model.model }}, but llama.cpp runs GGUF files: name a repository of them, such as Qwen/Qwen2.5-7B-Instruct-GGUF:Q4_K_M, or the path of one.
{{- end }}
{{- if and (eq $runtime "llamacpp") $model.cache.enabled $model.cache.download }}
- llama.cpp downloads its one file itself: set models.{{ $part }}.cache.download to false.
{{- end }}
{{- if and (hasPrefix "/" (default "" $model.model)) (not $model.image) (ne $model.mode "llmInferenceService") }}
{{- $folder := include "docsql.modelFolder" $runtime }}
{{- if not (and $model.cache.enabled (hasPrefix (printf "%s/" $folder) $model.model)) }}
- models.{{ $part }}.model is the path {{ $model.model }}, but the only volume of the pod is that of models.{{ $part }}.cache, at {{ $folder }}: set cache.enabled, cache.existingClaim to the volume with the file, cache.download to false, and write the path under {{ $folder }}.
{{- end }}
{{- end }}
{{- $most := ternary $model.autoscaling.maxReplicas $model.replicas $model.autoscaling.enabled | int }}
{{- if and $model.cache.enabled (not $model.cache.existingClaim) (hasPrefix "ReadWriteOnce" $model.cache.accessMode) (gt $most 1) (has $model.mode (list "deployment" "kserve")) }}
- models.{{ $part }}.cache.accessMode is {{ $model.cache.accessMode }}, a volume for one node, but there may be {{ $most }} replicas: set it to ReadWriteMany, with a storageClass that has it, or run one replica.
{{- end }}
{{- $image := default (index $root.Values.images $runtime) $model.image }}
{{- if and (eq (int $model.gpus) 0) (regexMatch (include "docsql.cudaImages" .) (default "" $image)) }}
- models.{{ $part }}.gpus is 0, but the image {{ $image }} needs CUDA: set models.{{ $part }}.image to a build for CPUs, or gpus to 1.
{{- end }}
{{- with $model.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
- models.{{ $part }}.autoscaling.minReplicas is above maxReplicas.
{{- end }}
{{- if and .enabled (eq $model.mode "llmInferenceService") }}
- models.{{ $part }}.autoscaling scales Deployments and InferenceServices, not an LLMInferenceService: set it to false there, and replicas to how many you need.
{{- end }}
{{- end }}
{{- end -}}

{{/* Flags that the chart makes of contextTokens, by runtime. */}}
{{- define "docsql.windowFlags" -}}
tgi: [--max-total-tokens, --max-input-tokens, --max-input-length]
vllm: [--max-model-len]
sglang: [--context-length]
llamacpp: [-c, --ctx-size, -np, --parallel]
{{- end -}}

{{/* Images that do not start without a GPU of NVIDIA's, as a regular expression. */}}
{{- define "docsql.cudaImages" -}}
cuda|nvcr\.io/nim/|vllm/vllm-openai:v?[0-9]|lmsysorg/sglang:v?[0-9]|text-generation-inference:[0-9.]+$|text-embeddings-inference:([0-9.]+|(turing|86|89|hopper)-.*)$
{{- end -}}

{{/* Parsers of tool calls that one of the two runtimes knows and the other calls otherwise or has not. */}}
{{- define "docsql.toolParsers" -}}
vllm: [hermes, llama3_json, llama4_json, llama4_pythonic, deepseek_v3, deepseek_v31, granite, granite-20b-fc, internlm, jamba, xlam, phi4_mini_json, hunyuan_a13b, minimax, openai, qwen3_xml, seed_oss]
sglang: [qwen, qwen25, llama3, deepseekv3, deepseekv31, deepseekv32, glm, gpt-oss]
{{- end -}}

{{/* Of `args`, and of what they are made from. */}}
{{- define "docsql.flagProblems" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $model := index $root.Values.models $part -}}
{{- $runtime := include "docsql.runtime" . -}}
{{- if and $model.toolParser (not (has $runtime (list "vllm" "sglang"))) }}
- models.{{ $part }}.toolParser is a setting of vllm and sglang; {{ $runtime }} has none: leave it empty.
{{- end }}
{{- range $owner, $parsers := include "docsql.toolParsers" . | fromYaml }}
{{- if and (has $model.toolParser $parsers) (has $runtime (list "vllm" "sglang")) (ne $owner $runtime) }}
- models.{{ $part }}.toolParser is {{ $model.toolParser }}, which {{ $owner }} knows and {{ $runtime }} does not: set it to {{ $runtime }}'s own name for the model's format, such as {{ ternary "hermes" "qwen" (eq $runtime "vllm") }} for Qwen2.5.
{{- end }}
{{- end }}
{{- if and $model.contextTokens (has $runtime (list "nim" "tei")) }}
- models.{{ $part }}.contextTokens has no flag in {{ $runtime }}: leave it at 0.
{{- end }}
{{- $own := get (include "docsql.ownFlags" . | fromYaml) $runtime -}}
{{- $flags := include "docsql.flags" . | fromYaml -}}
{{- range $argument := $model.args }}
{{- $flag := splitList "=" (toString $argument) | first }}
{{- if has $flag $own }}
- models.{{ $part }}.args has {{ $flag }}, which the chart sets from the other values of models.{{ $part }}: remove it.
{{- else if and $model.contextTokens (has $flag (index (include "docsql.windowFlags" $ | fromYaml) $runtime | default list)) }}
- models.{{ $part }}.args has {{ $flag }}, and models.{{ $part }}.contextTokens is {{ int $model.contextTokens }}, from which the chart sets it: keep one of the two.
{{- else }}
{{- range $owners, $listed := $flags }}
{{- if and (has $flag $listed) (not (has $runtime (splitList " " $owners))) }}
- models.{{ $part }}.args has {{ $flag }}, a flag of {{ replace " " " and " $owners }}, but the runtime is {{ $runtime }}: remove it{{ if has $flag (list "--max-total-tokens" "--max-input-tokens" "--max-model-len" "--context-length" "-c" "--ctx-size") }} and set models.{{ $part }}.contextTokens, which every runtime understands{{ end }}.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
