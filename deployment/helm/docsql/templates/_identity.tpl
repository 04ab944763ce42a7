{{/* How the page, the test and Prometheus say to the service who they are, or for whom they ask. */}}

{{- define "docsql.keySecret" -}}
{{- default (printf "%s-key" (include "docsql.fullname" .)) .Values.secrets.apiKey.existing -}}
{{- end -}}

{{- define "docsql.testVariables" -}}
- name: DOCSQL_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "docsql.keySecret" . }}, key: {{ .Values.secrets.apiKey.key }}}
{{- end -}}

{{/* The page has no key: it asks as whoever has logged in, or as the proxy in front of it says. */}}
{{- define "docsql.pageVariables" -}}
- {name: DOCSQL_PAGE__LOGIN, value: {{ .Values.page.login }}}
- {name: DOCSQL_PAGE__HISTORY, value: "true"}
{{- range $name, $value := default dict .Values.settings.page }}
- name: DOCSQL_PAGE__{{ upper $name }}
  value: {{ if kindIs "string" $value }}{{ $value | quote }}{{ else }}{{ $value | toJson | quote }}{{ end }}
{{- end }}
- name: DOCSQL_PAGE__SECRET
  valueFrom:
    secretKeyRef: {name: {{ include "docsql.fullname" . }}-page, key: login}
{{- with .Values.page.publicUrl }}
- {name: DOCSQL_PAGE__PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- if eq .Values.page.login "oidc" }}
{{- $oidc := dig "auth" "oidc" dict .Values.settings }}
- {name: DOCSQL_AUTH__OIDC__ISSUER, value: {{ $oidc.issuer | quote }}}
- {name: DOCSQL_AUTH__OIDC__AUDIENCE, value: {{ $oidc.audience | toJson | quote }}}
{{- with .Values.page.oidc }}
- {name: DOCSQL_PAGE__OIDC__CLIENT_ID, value: {{ .clientId | quote }}}
- {name: DOCSQL_PAGE__OIDC__NAME, value: {{ .name | quote }}}
- {name: DOCSQL_PAGE__OIDC__TOKEN, value: {{ .tokenKind }}}
- {name: DOCSQL_PAGE__OIDC__SCOPES, value: {{ .scopes | toJson | quote }}}
{{- if .clientSecret }}
- name: DOCSQL_PAGE__OIDC__CLIENT_SECRET
  valueFrom:
    secretKeyRef: {name: {{ .clientSecret }}, key: client-secret}
{{- end }}
{{- end }}
{{- end }}
{{- if eq .Values.page.login "proxy" }}
{{- with .Values.page.proxy }}
- {name: DOCSQL_AUTH__PROXY__USER_HEADER, value: {{ .userHeader }}}
- {name: DOCSQL_AUTH__PROXY__GROUPS_HEADER, value: {{ .groupsHeader }}}
- {name: DOCSQL_AUTH__PROXY__TOKEN_HEADER, value: {{ .tokenHeader }}}
- {name: DOCSQL_AUTH__PROXY__ADDRESSES, value: {{ .addresses | toJson | quote }}}
{{- end }}
- name: DOCSQL_PAGE__PROXY_SECRET
  valueFrom:
    secretKeyRef: {name: {{ include "docsql.fullname" . }}-settings, key: DOCSQL_AUTH__PROXY__SECRET}
{{- end }}
{{- end -}}

{{/* What the service believes of the page, and of nobody else: the secret is beside it. */}}
{{- define "docsql.proxySettings" -}}
{{- with .Values.page.proxy -}}
{{- dict "user_header" .userHeader "groups_header" .groupsHeader "token_header" .tokenHeader | toYaml -}}
{{- end -}}
{{- end -}}

{{- define "docsql.metricsAuthorization" -}}
authorization:
  credentials: {name: {{ include "docsql.keySecret" . }}, key: {{ .Values.secrets.apiKey.key }}}
{{- end -}}
