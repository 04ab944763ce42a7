{{/* docsql.toml and the secrets beside it. */}}

{{/* A map without its nulls and without maps that are empty then, as YAML. */}}
{{- define "docsql.compact" -}}
{{- $kept := dict -}}
{{- range $name, $value := . -}}
{{- if kindIs "map" $value -}}
{{- $inner := include "docsql.compact" $value | fromYaml -}}
{{- if $inner -}}{{- $_ := set $kept $name $inner -}}{{- end -}}
{{- else if not (kindIs "invalid" $value) -}}
{{- $_ := set $kept $name $value -}}
{{- end -}}
{{- end -}}
{{- toYaml $kept -}}
{{- end -}}

{{/* The settings with the addresses of what this release runs, as YAML. */}}
{{- define "docsql.settings" -}}
{{- $root := . -}}
{{- $settings := include "docsql.compact" .Values.settings | fromYaml -}}
{{- range $part, $section := dict "chat" "chat" "sqlCoder" "sql_coder" "embeddings" "embeddings" "reranker" "reranker" -}}
{{- $model := index $root.Values.models $part -}}
{{- if ne $model.mode "none" -}}
{{- $own := dict "url" (include "docsql.modelUrl" (list $root $part)) -}}
{{- $runtime := include "docsql.runtime" (list $root $part) -}}
{{- if and (eq $part "chat") (ne $runtime "tgi") -}}
{{- $_ := set $own "api" "openai" -}}
{{- if ne $model.mode "external" -}}
{{- $_ := set $own "model" (ternary $model.model $model.servedName (eq $runtime "nim")) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $settings $section (mergeOverwrite (default dict (index $settings $section)) $own) -}}
{{- end -}}
{{- end -}}
{{- if .Values.milvus.bundled -}}
{{- $_ := set $settings "documents" (mergeOverwrite (default dict $settings.documents) (dict "uri" (printf "http://%s-milvus:19530" (include "docsql.fullname" .)))) -}}
{{- end -}}
{{- if and .Values.page.enabled (eq .Values.page.login "proxy") -}}
{{- $auth := default dict $settings.auth -}}
{{- $proxy := mergeOverwrite (default dict $auth.proxy) (include "docsql.proxySettings" . | fromYaml) -}}
{{- $_ := set $settings "auth" (set $auth "proxy" $proxy) -}}
{{- end -}}
{{- $_ := set $settings "data" "/data" -}}
{{- toYaml $settings -}}
{{- end -}}

{{/* Whether a Milvus server and a PostgreSQL for the threads are there: "true", or nothing. */}}
{{- define "docsql.hasServers" -}}
{{- $milvus := or .Values.milvus.bundled (contains "://" (default "" (dig "documents" "uri" "" .Values.settings))) -}}
{{- $postgresql := or .Values.postgresql.bundled .Values.postgresql.external (hasKey .Values.secrets.settings "DOCSQL_THREADS__URI") -}}
{{- if and $milvus $postgresql -}}true{{- end -}}
{{- end -}}

{{/* What the program finds under /run/secrets/docsql: projected from up to three Secrets. */}}
{{- define "docsql.secretSources" -}}
- secret: {name: {{ include "docsql.fullname" . }}-settings}
{{- with .Values.secrets.existing }}
- secret: {name: {{ . }}}
{{- end }}
{{- with .Values.secrets.apiKey.existing }}
- secret:
    name: {{ . }}
    items: [{key: {{ $.Values.secrets.apiKey.key }}, path: DOCSQL_AUTH__API_KEY}]
{{- end }}
{{- end -}}

{{- define "docsql.configVolumes" -}}
- name: config
  configMap: {name: {{ include "docsql.fullname" . }}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- include "docsql.secretSources" . | nindent 6 }}
{{- with .Values.certificateAuthorities.configMap }}
- name: authorities
  configMap: {name: {{ . }}}
{{- end }}
- name: tmp
  emptyDir: {}
{{- end -}}

{{- define "docsql.configMounts" -}}
- {name: config, mountPath: /etc/docsql/docsql.toml, subPath: docsql.toml, readOnly: true}
- {name: secrets, mountPath: /run/secrets/docsql, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- if .Values.certificateAuthorities.configMap }}
- {name: authorities, mountPath: /etc/docsql/authorities, readOnly: true}
{{- end }}
{{- end -}}

{{- define "docsql.configVariables" -}}
- {name: DOCSQL_CONFIG, value: /etc/docsql/docsql.toml}
- {name: DOCSQL_SECRETS, value: /run/secrets/docsql}
{{- include "docsql.network" . }}
{{- end -}}
