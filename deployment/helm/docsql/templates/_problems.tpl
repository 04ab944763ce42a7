{{/* What is wrong with the values beyond their types, a line each; what to do is in the line. */}}

{{- define "docsql.problems" -}}
{{- include "docsql.processProblems" . -}}
{{- include "docsql.limitProblems" . -}}
{{- include "docsql.storeProblems" . -}}
{{- include "docsql.pageProblems" . -}}
{{- include "docsql.secretProblems" . -}}
{{- end -}}

{{/* What must be there before several processes share the stores. */}}
{{- define "docsql.serversNeeded" -}}
a Milvus server (milvus.bundled, or settings.documents.uri) and PostgreSQL for the threads (postgresql.bundled, or postgresql.external with DOCSQL_THREADS__URI in a Secret): the embedded stores belong to one process
{{- end -}}

{{- define "docsql.processProblems" -}}
{{- range $name := list "service" "page" }}
{{- if not (index $.Values.images $name) }}
- images.{{ $name }} is empty: name the image that you built (docs/deployment.md).
{{- end }}
{{- end }}
{{- if contains "://" .Values.images.registry }}
- images.registry is {{ .Values.images.registry }}: write it without https://, as in an image's name.
{{- end }}
{{- $scales := .Values.service.autoscaling -}}
{{- $workers := int (dig "service" "workers" 1 .Values.settings) -}}
{{- if not (include "docsql.hasServers" .) -}}
{{- $needed := include "docsql.serversNeeded" . -}}
{{- if $scales.enabled }}
- service.autoscaling makes several replicas, which need {{ $needed }}.
{{- else if gt (int .Values.service.replicas) 1 }}
- service.replicas is {{ .Values.service.replicas }}: more than one replica of the service needs {{ $needed }}.
{{- end }}
{{- if gt $workers 1 }}
- settings.service.workers is {{ $workers }}: several workers need {{ $needed }}. Without them, leave it at 1.
{{- end }}
{{- end }}
{{- if and $scales.enabled (gt (int $scales.minReplicas) (int $scales.maxReplicas)) }}
- service.autoscaling.minReplicas is above maxReplicas.
{{- end }}
{{- end -}}

{{/* Of limits, in time and in tokens. */}}
{{- define "docsql.limitProblems" -}}
{{- $drain := dig "service" "drain_s" 25 .Values.settings -}}
{{- if gt (float64 $drain) (float64 .Values.service.terminationGracePeriodSeconds) }}
- settings.service.drain_s is {{ $drain }}, but the pod is killed after service.terminationGracePeriodSeconds, {{ .Values.service.terminationGracePeriodSeconds }}: raise that above it, or lower drain_s.
{{- end }}
{{- $secrets := .Values.secrets -}}
{{- $hasIssuer := or (dig "auth" "oidc" "issuer" "" .Values.settings) (hasKey $secrets.settings "DOCSQL_AUTH__OIDC__ISSUER") $secrets.existing -}}
{{- $hasProxy := or (eq .Values.page.login "proxy") (dig "auth" "proxy" "user_header" "" .Values.settings) (hasKey $secrets.settings "DOCSQL_AUTH__PROXY__USER_HEADER") $secrets.existing -}}
{{- range $name, $cap := dig "limits" "tokens_per_month_of" dict .Values.settings }}
{{- if not (regexMatch "^(key|oidc|proxy):." $name) }}
- settings.limits.tokens_per_month_of limits {{ $name }}, whom nobody is called here: write key:NAME, oidc:NAME or proxy:NAME (`docsql usage` shows the ids).
{{- else if and (hasPrefix "oidc:" $name) (not $hasIssuer) }}
- settings.limits.tokens_per_month_of limits {{ $name }}, but nobody logs in by OIDC: set settings.auth.oidc.issuer, or write key:NAME.
{{- else if and (hasPrefix "proxy:" $name) (not $hasProxy) }}
- settings.limits.tokens_per_month_of limits {{ $name }}, but nobody comes by a proxy: set page.login to proxy, or write key:NAME.
{{- end }}
{{- end }}
{{- end -}}

{{- define "docsql.storeProblems" -}}
{{- $documents := default dict .Values.settings.documents -}}
{{- $threads := or .Values.secrets.existing (hasKey .Values.secrets.settings "DOCSQL_THREADS__URI") -}}
{{- if and .Values.milvus.bundled $documents.uri }}
- milvus.bundled runs a Milvus, and settings.documents.uri names another: keep one of the two.
{{- end }}
{{- if and .Values.postgresql.bundled .Values.postgresql.external }}
- postgresql.bundled runs a PostgreSQL, and postgresql.external says that there is another: keep one of the two.
{{- end }}
{{- if and .Values.postgresql.bundled (hasKey .Values.secrets.settings "DOCSQL_THREADS__URI") }}
- postgresql.bundled runs a PostgreSQL, and secrets.settings.DOCSQL_THREADS__URI names another: keep one of the two.
{{- end }}
{{- if and .Values.postgresql.external (not $threads) }}
- postgresql.external: put its address into DOCSQL_THREADS__URI, in secrets.settings or in the Secret that secrets.existing names.
{{- end }}
{{- $milvus := or .Values.milvus.bundled (contains "://" (default "" $documents.uri)) -}}
{{- if not $milvus }}
{{- if .Values.ingestion.enabled }}
- ingestion.enabled needs a Milvus server (milvus.bundled, or settings.documents.uri): Milvus Lite belongs to the service's own process. Upload over POST /documents instead.
{{- end }}
{{- if include "docsql.scheduledSources" . }}
- settings.sources with a schedule need a Milvus server (milvus.bundled, or settings.documents.uri): Milvus Lite belongs to the service's own process.
{{- end }}
{{- end }}
{{- if and .Values.ingestion.enabled (not .Values.ingestion.claim) }}
- ingestion.enabled: set ingestion.claim to the PersistentVolumeClaim with the documents.
{{- end }}
{{- if and .Values.ingestion.ray.enabled (not .Values.ingestion.enabled) }}
- ingestion.ray.enabled makes nothing without ingestion.enabled.
{{- end }}
{{- end -}}

{{- define "docsql.pageProblems" -}}
{{- $oidc := default dict (dig "auth" "oidc" dict .Values.settings) -}}
{{- $ingress := .Values.ingress -}}
{{- if and .Values.page.enabled (eq .Values.page.login "oidc") -}}
{{- if not (and $oidc.issuer $oidc.audience) }}
- page.login is oidc: set settings.auth.oidc.issuer and settings.auth.oidc.audience.
{{- end }}
{{- if not .Values.page.oidc.clientId }}
- page.login is oidc: set page.oidc.clientId to the page's id at your identity provider.
{{- end }}
{{- end }}
{{- with .Values.page.publicUrl }}
{{- if not (regexMatch "^https?://[^/]+" .) }}
- page.publicUrl is {{ . }}: write it with its scheme, such as https://{{ . }}.
{{- end }}
{{- end }}
{{- if and .Values.ezua.enabled (not .Values.ezua.virtualService.endpoint) }}
- ezua.enabled: set ezua.virtualService.endpoint to the host of the page.
{{- end }}
{{- if and .Values.page.enabled (eq .Values.page.login "proxy") (not .Values.page.proxy.addresses) }}
- page.login is proxy: set page.proxy.addresses to the addresses of the proxy, or nobody can log in.
{{- end }}
{{- if and (or (ne $ingress.kind "none") .Values.ezua.enabled) (not .Values.page.enabled) (not $ingress.api) }}
- ingress.kind is {{ $ingress.kind }} but nothing is published: page.enabled and ingress.api are both false.
{{- end }}
{{- if and (has $ingress.kind (list "httpRoute" "virtualService")) (not .Values.ezua.enabled) (not $ingress.gateway.name) }}
- ingress.kind is {{ $ingress.kind }}: set ingress.gateway.name to the Gateway that it belongs to.
{{- end }}
{{- if and .Values.ezua.enabled (ne $ingress.kind "none") }}
- ezua.enabled publishes the page at ezua.virtualService.endpoint: leave ingress.kind at none.
{{- end }}
{{- end -}}

{{- define "docsql.secretProblems" -}}
{{- $secrets := .Values.secrets -}}
{{- range $name, $least := dict "loginSecret" 32 "pageSecret" 20 }}
{{- $given := index $secrets $name }}
{{- if and $given (lt (len $given) $least) }}
- secrets.{{ $name }} has {{ len $given }} characters and needs at least {{ $least }}.
{{- end }}
{{- end }}
{{- with $secrets.apiKey.value }}
{{- if lt (len .) 20 }}
- secrets.apiKey.value has {{ len . }} characters and needs at least 20.
{{- end }}
{{- end }}
{{- if and $secrets.apiKey.value $secrets.apiKey.existing }}
- secrets.apiKey has both existing and value: keep one of the two.
{{- end }}
{{- with $secrets.registry }}
{{- if and .server (not (and .username .password)) }}
- secrets.registry.server is set: set username and password as well, or name a Secret in images.pullSecrets.
{{- end }}
{{- end }}
{{- end -}}
