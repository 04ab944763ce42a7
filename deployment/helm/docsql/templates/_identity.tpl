{{/* How the page, the test and Prometheus say to the service who they are. */}}
{{- define "docsql.pageVariables" -}}
{{- end -}}

{{- define "docsql.metricsAuthorization" -}}
{{- end -}}
