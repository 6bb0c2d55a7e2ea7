{{- define "whoseline.selects" -}}
app.kubernetes.io/name: whoseline
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "whoseline.labels" -}}
{{ include "whoseline.selects" . }}
{{ include "whoseline.chart" . }}
{{- end }}

{{- define "whoseline.chart" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "whoseline.pod" -}}
automountServiceAccountToken: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "whoseline.container" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "whoseline.database" -}}
- name: WHOSELINE_DATABASE__URL
  valueFrom: {secretKeyRef: {name: {{ .Values.secret }}, key: database-url}}
{{- end }}
