{{/* Paths of the service that are offered where ingress.api is true; the rest is the page's. */}}
{{- define "docsql.apiPaths" -}}
{{- list "/agent" "/documents" "/threads" "/feedback" "/v1" "/mcp" | toJson -}}
{{- end -}}
