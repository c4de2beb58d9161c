{{- /* The pod of the daemon, and of each worker: what they see and may do is the same. */ -}}
{{- define "syncd.pod" -}}
metadata:
  labels:
    {{- include "syncd.selector" . | nindent 4 }}
  annotations:
    # Other settings, another pod.
    checksum/settings: {{ .Values.settings | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  # It ends within ten seconds of being asked, with nothing half done.
  terminationGracePeriodSeconds: 15
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: syncd
      {{- if .Values.cluster.workers }}
      args: [worker, --json]
      env:
        - name: SYNCD_RUNTIME
          value: cluster
        # In the place of the file that the image names.
        - name: SYNCD_STORE
          value: {{ include "syncd.store" . | quote }}
      {{- end }}
      image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      ports:
        - name: web
          containerPort: 8385
      # Restarted where the loop hangs, not where a service is away: that mends itself.
      livenessProbe:
        httpGet: {path: /healthz, port: web}
        periodSeconds: 30
        timeoutSeconds: 5
        failureThreshold: 3
      startupProbe:
        httpGet: {path: /healthz, port: web}
        periodSeconds: 5
        failureThreshold: 60
      readinessProbe:
        httpGet: {path: /readyz, port: web}
        periodSeconds: 30
        timeoutSeconds: 5
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - name: state
          mountPath: /var/lib/syncd
        - name: settings
          mountPath: /etc/syncd
          readOnly: true
        - name: secrets
          mountPath: /run/secrets
          readOnly: true
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: state
      {{- if .Values.cluster.workers }}
      # The state is in the database.
      emptyDir:
        sizeLimit: 64Mi
      {{- else }}
      persistentVolumeClaim:
        claimName: {{ .Values.persistence.existingClaim | default (include "syncd.name" .) }}
      {{- end }}
    - name: settings
      configMap:
        name: {{ include "syncd.name" . }}
    - name: secrets
      secret:
        secretName: {{ .Values.existingSecret }}
        defaultMode: 0440
    - name: tmp
      emptyDir:
        sizeLimit: 512Mi
  {{- if .Values.cluster.workers }}
  # On as many nodes as there are: one that fails takes few of them along.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "syncd.selector" . | nindent 10 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* The store of the settings, for workers: the password is a key of the Secret, if there is one. */ -}}
{{- define "syncd.store" -}}
{{- $url := required "cluster.database is the address of the workers' database" .Values.cluster.database -}}
{{- if .Values.cluster.passwordKey -}}
{{- dict "url" $url "password" (dict "credential" .Values.cluster.passwordKey) | toJson -}}
{{- else -}}
{{- dict "url" $url | toJson -}}
{{- end -}}
{{- end -}}
