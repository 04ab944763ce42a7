{{/* How the page, the test and Prometheus say to the service who they are. */}}

{{- define "docsql.keySecret" -}}
{{- default (printf "%s-key" (include "docsql.fullname" .)) .Values.secrets.apiKey.existing -}}
{{- end -}}

{{- define "docsql.pageVariables" -}}
- name: DOCSQL_PAGE__API_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "docsql.keySecret" . }}, key: {{ .Values.secrets.apiKey.key }}}
{{- end -}}

{{- define "docsql.metricsAuthorization" -}}
authorization:
  credentials: {name: {{ include "docsql.keySecret" . }}, key: {{ .Values.secrets.apiKey.key }}}
{{- end -}}
