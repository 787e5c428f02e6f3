// A mistake for every check, planted into a good rendering; the check that is named has to find it. Each is a text with
// the way to a value and what it becomes; without a value it is taken away.
import { find, label } from './manifests.mjs';

const worker = 'Deployment reversal-worker',
  gateway = 'Deployment reversal-gateway',
  job = 'Job reversal-migrate';
const pod = 'spec.template.spec',
  container = `${pod}.containers.0`;

// check, rendering, manifest, way, value
// prettier-ignore
export const mistakes = [
  ['values', 'base', worker, `${container}.resources.limits.memory`, '1 GB'],
  ['values', 'base', worker, 'spec.replicas', 'two'],
  ['values', 'example', 'ScaledObject reversal-worker', 'spec.fallback.replicas', '3'],
  ['values', 'base', 'PodMonitor reversal-worker', 'spec.podMetricsEndpoints.0.interval', 'soon'],
  ['values', 'operators', 'Cluster reversal-postgres', 'spec.postgresql.synchronous.metod', 'any'],
  ['values', 'operators', 'RabbitmqCluster reversal-rabbitmq', 'spec.replica', 3],
  ['values', 'operators', 'Queue reversal-requested', 'spec.deletionPolicy', 'keep'],
  ['names', 'base', worker, `${pod}.terminationGracePeriodSecond`, 45],
  ['names', 'base', worker, `${container}.readinessprobe`, {}],
  ['names', 'base', 'NetworkPolicy worker', 'spec.ingres', []],
  ['names', 'base', 'PodDisruptionBudget reversal-gateway', 'spec.maxUnavailabel', 1],
  ['names', 'example', 'ScaledObject reversal-worker', 'spec.minReplicas', 2],
  ['names', 'base', 'PodMonitor reversal-gateway', 'spec.podMetricsEndpoints.0.prot', 'metrics'],
  ['contained', 'base', worker, `${pod}.securityContext.runAsNonRoot`, false],
  ['contained', 'base', gateway, `${pod}.securityContext.runAsUser`, 0],
  ['contained', 'base', job, `${pod}.securityContext.seccompProfile`],
  ['contained', 'base', worker, `${container}.securityContext.readOnlyRootFilesystem`, false],
  ['contained', 'base', job, `${pod}.initContainers.1.securityContext.capabilities`, { add: ['NET_ADMIN'], drop: ['ALL'] }],
  ['contained', 'base', worker, `${container}.securityContext.allowPrivilegeEscalation`],
  ['contained', 'base', gateway, `${container}.resources.limits.memory`],
  ['contained', 'base', gateway, `${container}.volumeMounts.0.readOnly`],
  ['contained', 'base', worker, `${pod}.volumes.0.projected.defaultMode`, 0o444],
  ['contained', 'base', worker, `${pod}.automountServiceAccountToken`],
  ['contained', 'base', worker, `${pod}.hostNetwork`, true],
  ['probed', 'base', worker, `${container}.livenessProbe.httpGet.path`, '/health/ready'],
  ['probed', 'base', gateway, `${container}.readinessProbe`],
  ['probed', 'base', worker, `${container}.env.2.value`, '8081'],
  ['graceful', 'base', worker, `${pod}.terminationGracePeriodSeconds`, 30],
  ['graceful', 'base', gateway, `${container}.lifecycle`],
  ['available', 'base', worker, 'spec.replicas', 1],
  ['available', 'example', worker, 'spec.replicas', 2],
  ['available', 'base', 'PodDisruptionBudget reversal-worker', 'spec.selector.matchLabels', { app: 'worker' }],
  ['available', 'base', 'PodDisruptionBudget reversal-gateway', 'spec.maxUnavailable', '100%'],
  ['available', 'base', worker, `${pod}.topologySpreadConstraints.0.labelSelector.matchLabels`, { app: 'x' }],
  ['admitted', 'base', 'Namespace reversals', 'metadata.labels', {}],
  ['admitted', 'operators', 'User ops', 'metadata.namespace', 'default'],
  ['versioned', 'example', worker, `${container}.image`, 'registry.example.com/reversal-worker:latest'],
  ['closed', 'base', 'NetworkPolicy nothing', 'spec.policyTypes', ['Ingress']],
  ['closed', 'base', 'NetworkPolicy worker', 'spec.ingress.0.from'],
  ['closed', 'base', 'NetworkPolicy worker', 'spec.egress.0.ports'],
  ['closed', 'base', 'NetworkPolicy gateway', 'spec.egress.0.ports.0.port', 5432],
  ['closed', 'example', 'NetworkPolicy migrate', 'spec.egress.0.to.0.ipBlock.cidr', '0.0.0.0/0'],
  ['closed', 'base', 'NetworkPolicy worker', 'spec.policyTypes', ['Ingress']],
  ['closed', 'operators', 'NetworkPolicy postgres', 'spec.podSelector', {}],
  ['closed', 'base', 'NetworkPolicy names', 'spec.egress.0.to.0.podSelector'],
  ['closed', 'base', 'NetworkPolicy migrate', 'spec.podSelector.matchLabels', { app: 'migrate' }],
  ['closed', 'operators', 'NetworkPolicy rabbitmq', 'spec.ingress.0.from.2.namespaceSelector', {}],
  ['closed', 'operators', 'NetworkPolicy postgres', 'spec.ingress.0.from.0.podSelector.matchLabels', { part: 'any' }],
  ['served', 'base', 'Service reversal-gateway', 'spec.ports.0.targetPort', 'health'],
  ['served', 'base', 'Service reversal-gateway', 'spec.selector', { app: 'gateway' }],
  ['served', 'base', 'Service reversal-gateway', 'spec.type', 'LoadBalancer'],
  ['watched', 'base', 'PodMonitor reversal-worker', 'spec.podMetricsEndpoints.0.port', 'prometheus'],
  ['watched', 'operators', 'PodMonitor reversal-rabbitmq', 'spec.podMetricsEndpoints.0.relabelings.0.replacement', 'broker'],
  ['figures', 'base', worker, `${container}.resources.limits.memory`, '100Mi'],
  ['figures', 'base', worker, `${container}.readinessProbe.failureThreshold`, 2000],
  ['figures', 'base', worker, `${container}.ports.1.containerPort`, 9465],
  ['figures', 'base', gateway, `${container}.env.1.value`, '127.0.0.1'],
  ['figures', 'base', job, 'spec.backoffLimit', 0],
  ['figures', 'example', 'ScaledObject reversal-worker', 'spec.triggers.0.metadata.value', '2'],
  ['figures', 'operators', 'Cluster reversal-postgres', 'spec.walStorage.size', '10Mi'],
  ['figures', 'operators', 'RabbitmqCluster reversal-rabbitmq', 'spec.image', 'rabbitmq:latest'],
  ['figures', 'operators', worker, `${container}.env.6`, { name: 'Page__Address', value: '0.0.0.0' }],
  ['figures', 'operators', 'Role reversal-page', 'rules.2.resources', ['*']],
  ['figures', 'example', 'Role reversal-page'],
  ['watched', 'operators', 'PrometheusRule reversals', 'spec.groups.0.rules.0.for', '1h'],
  ['secrets', 'example', 'Secret reversal-superuser', 'metadata.name', 'reversal-superusers'],
  ['settings', 'base', worker, `${container}.env.1.name`, 'Helth__Address'],
  ['settings', 'base', gateway, `${container}.env.3.name`, 'Health__Adress'],
  ['settings', 'base', job, `${pod}.initContainers.1.env.0.value`, '/run/secrets'],
  ['settings', 'example', 'Secret reversal-clients', 'data', { Clients__demo__ApiKey: 'eA==' }],
  ['settings', 'example', 'Secret reversal-gateway', 'data.ConnectionStrings__Postgres', 'eA=='],
  ['secrets', 'example', 'Secret reversal-roles'],
  ['secrets', 'example', 'Secret reversal-roles', 'data.reversal_biller'],
  ['secrets', 'operators', 'Secret reversal-page'],
  ['settings', 'operators', 'Secret reversal-page', 'data', { Page__Postgre: 'eA==' }],
  ['secrets', 'example', 'Secret reversal-superuser', 'data.host'],
  ['secrets', 'operators', 'User ops', 'spec.importCredentialsSecret.name', 'ops'],
  ['topology', 'operators', 'Permission subscriber', 'spec.permissions.read', '.*'],
  ['topology', 'operators', 'Permission upstream'],
  ['topology', 'operators', 'User ops', 'spec.tags', ['administrator']],
  ['topology', 'operators', 'Exchange payment-reversed', 'spec.type', 'direct'],
  ['topology', 'operators', 'Queue subscriber-reversal-events', 'spec.name', 'events'],
  ['topology', 'operators', 'Queue reversal-requested', 'spec.deletionPolicy', 'delete'],
  ['topology', 'operators', 'Binding subscriber-payment-reversed', 'spec.source', 'reversal-rejected'],
  ['topology', 'operators', 'Policy requests', 'spec.pattern', '^reversals$'],
  ['topology', 'operators', 'RabbitmqCluster reversal-rabbitmq', 'spec.rabbitmq.additionalConfig', 'frame_max = 131072\n'],
  ['topology', 'operators', 'RabbitmqCluster reversal-rabbitmq', 'spec.replicas', 1],
  ['topology', 'operators', 'PodDisruptionBudget reversal-rabbitmq'],
  ['database', 'operators', 'Cluster reversal-postgres', 'spec.instances', 2],
  ['database', 'operators', 'Cluster reversal-postgres', 'spec.postgresql.synchronous.dataDurability', 'preferred'],
  ['database', 'operators', 'Cluster reversal-postgres', 'spec.bootstrap.initdb.encoding', 'SQL_ASCII'],
  ['database', 'operators', 'Cluster reversal-postgres', 'spec.postgresql.parameters.synchronous_commit', 'off'],
  ['migrated', 'base', job, `${pod}.initContainers.1.args`, ['check']],
  ['migrated', 'base', job, `${pod}.containers.0.args.0`, 'psql -f /sql/roles.sql'],
  ['migrated', 'base', job, `${pod}.containers.0.args.0`, 'PGDATABASE=postgres psql -v ON_ERROR_STOP=1 -f /sql/roles.sql'],
  ['migrated', 'operators', job, `${pod}.volumes.0.projected.sources.1.secret.name`, 'reversal-superuser'],
  ['scaled', 'example', 'ScaledObject reversal-worker', 'spec.triggers.0.metadata.excludeUnacknowledged', 'true'],
  ['scaled', 'example', 'ScaledObject reversal-worker', 'spec.triggers.1.metadata.vhostName'],
  ['scaled', 'example', 'ScaledObject reversal-worker', 'spec.fallback'],
  ['scaled', 'example', 'ScaledObject reversal-worker', 'spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown'],
  ['scaled', 'example', 'TriggerAuthentication reversal-queue'],
].map(([check, rendering, manifest, way, value]) => ({ check, rendering, manifest, way, value }));

export const text = ({ manifest, way, value }) =>
  `${manifest}${way ? ` ${way}` : ''} ${value === undefined ? 'taken away' : `= ${JSON.stringify(value)}`}`;

export function plant(manifests, { manifest, way, value }) {
  const planted = structuredClone(manifests),
    [kind, name] = manifest.split(' ');
  const found = find(planted, kind, name);
  if (!found) throw new Error(`there is no ${manifest}`);
  if (!way) return planted.filter(one => one !== found);
  const parts = way.split('.'),
    last = parts.pop();
  const at = parts.reduce((place, part) => place?.[part], found);
  if (at === undefined || (value === undefined && at[last] === undefined))
    throw new Error(`${manifest} has no ${way}`);
  if (value === undefined) delete at[last];
  else at[last] = value;
  return planted;
}

// Each manifest with one value of it that is another. Not those of Secrets; not queues, exchanges and bindings, which a broker
// and a worker judge (programs.sh); not what only people read.
export function* altered(manifests) {
  for (const [place, one] of manifests.entries()) {
    if (['Secret', 'Queue', 'Exchange', 'Binding'].includes(one.kind)) continue;
    for (const way of ways(one)) {
      if (unread.test(way.join('.'))) continue;
      const other = structuredClone(one),
        last = way.at(-1),
        at = way.slice(0, -1).reduce((value, part) => value[part], other),
        was = at[last];
      at[last] = typeof was === 'number' ? was + 1 : typeof was === 'boolean' ? !was : `${was}x`;
      yield {
        manifests: manifests.map((each, number) => (number === place ? other : each)),
        what: `${label(one)} ${way.join('.')} = ${at[last]}`,
      };
    }
  }
}

// Kind and version are the models' to judge; names that nothing refers to, and the label of all, mean nothing to Kubernetes.
const unread = /^(apiVersion|kind)$|^metadata\.(name$|labels\.app\.)|Containers?\.\d\.name$|containers\.\d\.name$/;

function* ways(value, way = []) {
  if (value === null || typeof value !== 'object') yield way;
  else for (const [key, one] of Object.entries(value)) yield* ways(one, [...way, key]);
}
