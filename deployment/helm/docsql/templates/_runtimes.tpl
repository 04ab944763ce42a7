{{/* What runs a model: the runtime of each part, its command line, and whose flag a flag is. */}}

{{/* (list . "chat") -> tgi, vllm, sglang, llamacpp, nim or tei */}}
{{- define "docsql.runtime" -}}
{{- $part := index . 1 -}}
{{- $model := index (index . 0).Values.models $part -}}
{{- if $model.runtime -}}
{{- $model.runtime -}}
{{- else if has $part (list "embeddings" "reranker") -}}
tei
{{- else if eq $model.mode "llmInferenceService" -}}
vllm
{{- else -}}
tgi
{{- end -}}
{{- end -}}

{{/* Where a runtime keeps weights. */}}
{{- define "docsql.modelFolder" -}}
{{- ternary "/opt/nim/.cache" "/data" (eq . "nim") -}}
{{- end -}}

{{/* (list . "chat") -> all arguments, as JSON: what the chart says of the model, then `args`. */}}
{{- define "docsql.modelArguments" -}}
{{- $model := index (index . 0).Values.models (index . 1) -}}
{{- $runtime := include "docsql.runtime" . -}}
{{- $gpus := toString (max 1 (int $model.gpus)) -}}
{{- $given := list -}}
{{- if eq $runtime "tgi" -}}
{{- $given = list "--model-id" $model.model "--port" "8080" "--num-shard" $gpus -}}
{{- else if eq $runtime "vllm" -}}
{{- $given = list "--model" $model.model "--served-model-name" $model.servedName "--port" "8080" "--tensor-parallel-size" $gpus -}}
{{- else if eq $runtime "sglang" -}}
{{- $given = list "--model-path" $model.model "--served-model-name" $model.servedName "--host" "0.0.0.0" "--port" "8080" "--tp-size" $gpus "--enable-metrics" -}}
{{- else if eq $runtime "llamacpp" -}}
{{- $source := ternary "--model" "-hf" (hasPrefix "/" $model.model) -}}
{{- $layers := ternary "999" "0" (gt (int $model.gpus) 0) -}}
{{- $given = list $source $model.model "--alias" $model.servedName "--host" "0.0.0.0" "--port" "8080" "--n-gpu-layers" $layers "--jinja" "--metrics" -}}
{{- else if eq $runtime "tei" -}}
{{- $given = list "--model-id" $model.model "--port" "8080" -}}
{{- end -}}
{{- concat $given (include "docsql.chosenArguments" . | fromJsonArray) | toJson -}}
{{- end -}}

{{/* (list . "chat") -> contextTokens and toolParser in the runtime's own flags, then `args`, as JSON. */}}
{{- define "docsql.chosenArguments" -}}
{{- $model := index (index . 0).Values.models (index . 1) -}}
{{- $runtime := include "docsql.runtime" . -}}
{{- $window := int $model.contextTokens -}}
{{- $given := list -}}
{{- if $window -}}
{{- if eq $runtime "tgi" -}}
{{- /* A reply may take an eighth of the window, as with 14336 and 12288 in TGI's terms. */ -}}
{{- $given = list "--max-total-tokens" (toString $window) "--max-input-tokens" (toString (sub $window (div $window 8))) -}}
{{- else if eq $runtime "vllm" -}}
{{- $given = list "--max-model-len" (toString $window) -}}
{{- else if eq $runtime "sglang" -}}
{{- $given = list "--context-length" (toString $window) -}}
{{- else if eq $runtime "llamacpp" -}}
{{- /* Its window is that of all slots together; a turn's prompts take one slot each. */ -}}
{{- $given = list "--parallel" "4" "--ctx-size" (toString (mul 4 $window)) -}}
{{- end -}}
{{- end -}}
{{- with $model.toolParser -}}
{{- $given = concat $given (ternary (list "--enable-auto-tool-choice") list (eq $runtime "vllm")) (list "--tool-call-parser" .) -}}
{{- end -}}
{{- range $argument := $model.args -}}
{{- /* YAML's numbers arrive as floats, and Kubernetes takes strings. */ -}}
{{- $whole := and (kindIs "float64" $argument) (eq (float64 (int64 $argument)) $argument) -}}
{{- $given = append $given (ternary (printf "%d" (int64 $argument)) (toString $argument) $whole) -}}
{{- end -}}
{{- toJson $given -}}
{{- end -}}

{{/* Flags that some runtimes have and others do not, by the runtimes that have them. */}}
{{- define "docsql.flags" -}}
tgi: [--max-input-tokens, --max-input-length, --num-shard, --sharded, --quantize, --speculate, --max-batch-prefill-tokens, --max-batch-total-tokens, --max-waiting-tokens, --waiting-served-ratio, --cuda-memory-fraction]
tgi tei: [--model-id, --max-concurrent-requests, --max-client-batch-size]
tgi sglang: [--max-total-tokens]
vllm: [--max-model-len, --max-num-seqs, --max-num-batched-tokens, --gpu-memory-utilization, --enable-auto-tool-choice, --enforce-eager]
vllm sglang: [--tensor-parallel-size, --tool-call-parser, --reasoning-parser, --quantization]
vllm sglang tei: [--served-model-name]
sglang: [--model-path, --context-length, --tp-size, --mem-fraction-static, --max-running-requests, --chunked-prefill-size, --enable-metrics]
llamacpp: [-hf, -c, --ctx-size, -np, --parallel, -ngl, --n-gpu-layers, --gpu-layers, --jinja, --cache-reuse, -ts, --tensor-split, --alias, --metrics]
tei: [--pooling, --max-batch-tokens, --auto-truncate, --tokenization-workers]
{{- end -}}

{{/* Flags that the chart sets from other values, by runtime. */}}
{{- define "docsql.ownFlags" -}}
tgi: [--model-id, --port, -p, --num-shard]
vllm: [--model, --served-model-name, --port, --tensor-parallel-size, -tp]
sglang: [--model-path, --model, --served-model-name, --host, --port, --tp-size, --tp, --tensor-parallel-size, --enable-metrics]
llamacpp: [--model, -m, -hf, --hf-repo, --alias, -a, --host, --port]
tei: [--model-id, --port, -p]
nim: []
{{- end -}}
