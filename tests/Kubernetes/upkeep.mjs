// The schema that is brought up to date with each release, and how many workers there are.
import { Problems, find } from './manifests.mjs';

const script = file => `cd /run/secrets/superuser
export PGHOST="$(<host)" PGUSER="$(<username)" PGPASSWORD="$(<password)" PGDATABASE=reversal PSQLRC=/dev/null
exec psql -q -v ON_ERROR_STOP=1 -f ${file}
`;

export function migrated(manifests, { sql }) {
  const problems = new Problems(),
    job = find(manifests, 'Job', 'reversal-migrate')?.spec.template.spec;
  const steps = [...(job?.initContainers ?? []), ...(job?.containers ?? [])];
  const done = steps.map(one =>
    one.image.includes('reversal-worker')
      ? one.args.join(' ')
      : /-f \/sql\/(\w+\.sql)/.exec(one.args.join(' '))?.[1],
  );
  problems.equal(done, ['passwords.sql', 'migrate', 'roles.sql'], 'steps');
  for (const one of steps.filter(each => !each.image.includes('reversal-worker'))) {
    problems.equal(one.args, [script(`/sql/${/(\w+\.sql)/.exec(one.args)?.[1]}`)], `${one.name} runs`);
    problems.expect(
      ['/run/secrets', '/sql'].every(path => one.volumeMounts.some(each => each.mountPath === path)),
      `${one.name} lacks its files`,
    );
  }
  const map = job?.volumes.find(one => one.configMap)?.configMap.name;
  problems.equal(find(manifests, 'ConfigMap', map)?.data, sql, 'the SQL');
  const secret = job?.volumes.find(one => one.name === 'roles')?.projected.sources[1].secret.name;
  problems.equal(
    secret,
    find(manifests, 'Cluster', 'reversal-postgres') ? 'reversal-postgres-superuser' : 'reversal-superuser',
    'the superuser',
  );
  return problems.texts;
}

export function scaled(manifests) {
  const problems = new Problems(),
    spec = find(manifests, 'ScaledObject', 'reversal-worker')?.spec;
  const down = spec?.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown;
  problems.expect(spec?.scaleTargetRef?.name === 'reversal-worker', 'nobody is scaled');
  problems.expect(spec?.minReplicaCount >= 2 && spec.maxReplicaCount <= 8, 'two to eight');
  problems.expect(spec?.fallback?.replicas >= 2, 'no fallback');
  problems.expect(
    spec?.triggers?.some(one => one.metricType === 'AverageValue'),
    'KEDA refuses a fallback without an average',
  );
  problems.expect(
    down?.stabilizationWindowSeconds >= 300 &&
      down.policies.length === 1 &&
      down.policies[0].value === 1 &&
      down.policies[0].periodSeconds >= 60,
    'workers go too fast',
  );
  problems.equal(
    spec?.triggers?.map(one => one.metadata.mode),
    ['QueueLength', 'ExpectedQueueConsumptionTime'],
    'triggers',
  );
  for (const one of spec?.triggers ?? []) {
    const { protocol, vhostName, queueName, excludeUnacknowledged, value } = one.metadata;
    problems.equal(
      [protocol, vhostName, queueName, excludeUnacknowledged],
      ['http', 'reversals', 'reversal-requested', 'false'],
      `the trigger ${one.metadata.mode}`,
    );
    problems.expect(Number(value) > 0, `the trigger ${one.metadata.mode} has no value`);
    problems.expect(
      find(manifests, 'TriggerAuthentication', one.authenticationRef?.name),
      `${one.metadata.mode} cannot sign in`,
    );
  }
  return problems.texts;
}
