// The figures of the manifests, and the words that nothing else judges, named here a second time: whoever changes one
// says so twice. Why each is as it is stands in deploy/kubernetes/README.md.
const live = (periodSeconds, failureThreshold) => ({ periodSeconds, failureThreshold, timeoutSeconds: 5 });
const room = (cpu, memory, mostCpu, mostMemory) => ({
  requests: { cpu, memory },
  limits: { cpu: mostCpu, memory: mostMemory },
});
const spread = { maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', matchLabelKeys: ['pod-template-hash'] };
const user = { runAsUser: 1654, runAsGroup: 1654, fsGroup: 1654 };
const program = (resources, rest) => ({
  spec: {
    revisionHistoryLimit: 5,
    strategy: { type: 'RollingUpdate' },
    template: {
      spec: {
        terminationGracePeriodSeconds: 45,
        securityContext: user,
        topologySpreadConstraints: [spread, spread],
        containers: [
          {
            args: ['run'],
            startupProbe: live(1, 60),
            livenessProbe: live(10, 3),
            readinessProbe: live(5, 2),
            resources,
            ...rest,
          },
        ],
        volumes: [{ name: 'secrets' }, { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
      },
    },
  },
});
const psql = { command: ['bash', '-ec'], resources: room('50m', '64Mi', '500m', '256Mi') };
const kept = ['host', 'username', 'password'].map(key => ({ key, path: `superuser/${key}` }));
const asked = (...more) => ({ spec: { podMetricsEndpoints: [{ interval: '15s' }, ...more] } });
const limit = (bytes, more) => ({
  spec: { applyTo: 'queues', priority: 1, vhost: 'reversals', definition: { 'max-length-bytes': bytes, ...more } },
});

export const figures = {
  'Namespace reversals': { metadata: { labels: { 'pod-security.kubernetes.io/warn': 'restricted' } } },
  'Service reversal-gateway': { spec: { ports: [{ name: 'http', port: 80 }] } },
  'Deployment reversal-worker': program(room('250m', '384Mi', '2', '1Gi')),
  'Deployment reversal-gateway': program(room('100m', '192Mi', '1', '512Mi'), {
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
  }),
  'Job reversal-migrate': {
    metadata: {
      annotations: {
        'argocd.argoproj.io/hook': 'Sync',
        'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
      },
    },
    spec: {
      backoffLimit: 10,
      activeDeadlineSeconds: 7200,
      ttlSecondsAfterFinished: 86400,
      template: {
        spec: {
          restartPolicy: 'OnFailure',
          terminationGracePeriodSeconds: 45,
          securityContext: user,
          initContainers: [psql, { resources: room('100m', '128Mi', '1', '512Mi') }],
          containers: [psql],
          volumes: [
            { projected: { sources: [{}, { secret: { items: kept } }] } },
            {},
            {},
            { emptyDir: { sizeLimit: '64Mi' } },
          ],
        },
      },
    },
  },
  'Role reversal-page': {
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
    ],
  },
  'TriggerAuthentication reversal-queue': { spec: { secretTargetRef: [{ parameter: 'host', key: 'host' }] } },
  'ScaledObject reversal-worker': {
    spec: {
      pollingInterval: 15,
      minReplicaCount: 2,
      maxReplicaCount: 6,
      fallback: { failureThreshold: 4, replicas: 3 },
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: {
            scaleUp: {
              stabilizationWindowSeconds: 0,
              policies: [{ type: 'Pods', value: 2, periodSeconds: 30 }],
            },
            scaleDown: {
              stabilizationWindowSeconds: 600,
              policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }],
            },
          },
        },
      },
      triggers: [
        { type: 'rabbitmq', metricType: 'AverageValue', metadata: { value: '2000' } },
        { type: 'rabbitmq', metricType: 'Value', metadata: { value: '30' } },
      ],
    },
  },
  'PodMonitor reversal-worker': asked(),
  'PodMonitor reversal-gateway': asked(),
  'PodMonitor reversal-postgres': asked(),
  'PodMonitor reversal-rabbitmq': asked({
    interval: '15s',
    path: '/metrics/detailed',
    params: { family: ['queue_coarse_metrics', 'queue_consumer_count'] },
  }),
  'PodDisruptionBudget reversal-rabbitmq': {
    spec: { selector: { matchLabels: { 'app.kubernetes.io/name': 'reversal-rabbitmq' } } },
  },
  'Vhost reversals': { spec: { defaultQueueType: 'quorum' } },
  'Policy events': limit(2e9, { overflow: 'reject-publish' }),
  'Policy requests': limit(6e9),
  'RabbitmqCluster reversal-rabbitmq': {
    spec: {
      image: 'rabbitmq:4.2-management',
      terminationGracePeriodSeconds: 600,
      persistence: { storage: '20Gi' },
      resources: room('1', '2Gi', '2', '2Gi'),
      rabbitmq: {
        additionalPlugins: ['rabbitmq_prometheus'],
        additionalConfig: [
          'max_message_size = 131072',
          'frame_max = 32768',
          'cluster_partition_handling = pause_minority',
          'disk_free_limit.absolute = 2GB',
          '',
        ].join('\n'),
      },
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }],
        },
      },
    },
  },
  'Cluster reversal-postgres': {
    spec: {
      imageName: 'ghcr.io/cloudnative-pg/postgresql:17',
      primaryUpdateStrategy: 'unsupervised',
      primaryUpdateMethod: 'switchover',
      switchoverDelay: 60,
      bootstrap: { initdb: { dataChecksums: true } },
      affinity: { topologyKey: 'kubernetes.io/hostname' },
      storage: { size: '50Gi' },
      walStorage: { size: '10Gi' },
      resources: room('1', '2Gi', '4', '2Gi'),
      postgresql: { parameters: { max_connections: '200', wal_compression: 'on', max_wal_size: '4GB' } },
    },
  },
};
