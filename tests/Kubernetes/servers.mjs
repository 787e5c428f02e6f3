// The servers and what is on them, against what the project says elsewhere: deploy/rabbitmq/definitions.sh, rabbitmq.conf,
// deploy/postgres. Whether a worker agrees with the topology, kubernetes.sh asks a real broker.
import { Problems, find, ofKind } from './manifests.mjs';

// What the objects of the topology operator make, in the form of RabbitMQ's definitions.
export function asDefinitions(manifests) {
  const of = kind => ofKind(manifests, kind).map(one => one.spec);
  return {
    vhosts: of('Vhost').map(one => ({ name: one.name, default_queue_type: one.defaultQueueType })),
    exchanges: of('Exchange').map(one => ({
      name: one.name,
      vhost: one.vhost,
      type: one.type,
      durable: one.durable,
      auto_delete: one.autoDelete,
      internal: false,
      arguments: {},
    })),
    queues: of('Queue').map(one => ({
      name: one.name,
      vhost: one.vhost,
      durable: one.durable,
      auto_delete: one.autoDelete,
      arguments: { 'x-queue-type': one.type, ...one.arguments },
    })),
    bindings: of('Binding').map(one => ({
      source: one.source,
      vhost: one.vhost,
      destination_type: one.destinationType,
      destination: one.destination,
      routing_key: '',
      arguments: {},
    })),
    policies: of('Policy').map(one => ({
      name: one.name,
      vhost: one.vhost,
      pattern: one.pattern,
      'apply-to': one.applyTo,
      priority: one.priority,
      definition: one.definition,
    })),
    permissions: ofKind(manifests, 'Permission').map(one => ({
      user: one.spec.userReference.name,
      vhost: one.spec.vhost,
      ...one.spec.permissions,
    })),
  };
}

const byName = list => [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

export function topology(manifests, { definitions, limits }) {
  const problems = new Problems(),
    made = asDefinitions(manifests);
  problems.equal(
    ofKind(manifests, 'User')
      .map(one => `${one.metadata.name} ${one.spec.tags ?? ''}`)
      .sort(),
    definitions.users.map(one => `${one.name} ${one.tags}`).sort(),
    'users',
  );
  problems.equal(byName(made.permissions), byName(definitions.permissions), 'rights');
  problems.equal(
    made.vhosts.map(one => one.name),
    definitions.vhosts.map(one => one.name),
    'virtual hosts',
  );
  for (const kind of ['exchanges', 'queues', 'bindings']) {
    for (const one of definitions[kind]) {
      problems.expect(
        made[kind].some(each => JSON.stringify(byKey(each)) === JSON.stringify(byKey(one))),
        `${kind}: none is ${JSON.stringify(one)}`,
      );
    }
  }
  for (const one of manifests.filter(
    each => each.apiVersion.startsWith('rabbitmq.com') && each.kind !== 'RabbitmqCluster',
  )) {
    const name = one.spec.name ?? one.metadata.name;
    problems.expect(
      one.spec.rabbitmqClusterReference?.name === 'reversal-rabbitmq',
      `${one.kind} ${name} is of no cluster`,
    );
    problems.expect(
      !one.spec.name || one.metadata.name === one.spec.name,
      `${one.kind} ${name} is called otherwise`,
    );
    problems.expect(
      !['Queue', 'Vhost'].includes(one.kind) || one.spec.deletionPolicy === 'retain',
      `${one.kind} ${name} would be deleted`,
    );
  }
  for (const one of made.policies) {
    problems.expect(
      one.definition['max-length-bytes'] > 1e9 &&
        made.queues.some(each => new RegExp(one.pattern).test(each.name)),
      `the policy ${one.name} limits no queue`,
    );
  }
  problems.equal(made.policies.map(one => one.name).sort(), ['events', 'requests'], 'policies');
  // Of the worker's own objects definitions.sh makes only those that a neighbour names.
  const own = ['reversal-preview-requested', 'reversal-requested', 'reversal-requested-dead-letter'];
  problems.equal(
    made.exchanges.map(one => one.name).sort(),
    ['payment-reversed', 'reversal-answers', 'reversal-rejected', ...own].sort(),
    'exchanges',
  );
  problems.equal(made.queues.map(one => one.name).sort(), [...own, 'subscriber-reversal-events'], 'queues');
  for (const name of own) {
    problems.expect(
      made.bindings.some(one => one.source === name && one.destination === name),
      `${name} is not bound`,
    );
  }

  const cluster = find(manifests, 'RabbitmqCluster', 'reversal-rabbitmq')?.spec ?? {};
  const set = Object.fromEntries(
    (cluster.rabbitmq?.additionalConfig ?? '')
      .split('\n')
      .filter(Boolean)
      .map(line => line.split('=').map(part => part.trim())),
  );
  for (const [name, value] of limits)
    problems.expect(set[name] === value, `${name}: found ${set[name]}, expected ${value}`);
  problems.expect(
    set.cluster_partition_handling === 'pause_minority',
    'a minority of the nodes goes on by itself',
  );
  problems.expect(cluster.replicas === 3, 'three nodes');
  problems.expect(cluster.terminationGracePeriodSeconds >= 60, 'a node has no time to stop');
  problems.expect(
    cluster.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0].labelSelector
      .matchLabels['app.kubernetes.io/name'] === 'reversal-rabbitmq',
    'two nodes may share a machine',
  );
  problems.expect(
    find(manifests, 'PodDisruptionBudget', 'reversal-rabbitmq')?.spec.maxUnavailable === 1,
    'two nodes may go at once',
  );
  return problems.texts;
}

const byKey = value =>
  value === null || typeof value !== 'object'
    ? value
    : Object.fromEntries(
        Object.keys(value)
          .sort()
          .map(key => [key, byKey(value[key])]),
      );

export function database(manifests) {
  const problems = new Problems(),
    spec = find(manifests, 'Cluster', 'reversal-postgres')?.spec;
  problems.expect(spec?.instances === 3, 'three instances');
  problems.equal(
    spec?.postgresql?.synchronous,
    { method: 'any', number: 1, dataDurability: 'required', failoverQuorum: true },
    'a commit waits for',
  );
  problems.equal(
    [spec?.bootstrap?.initdb?.database, spec?.bootstrap?.initdb?.owner, spec?.bootstrap?.initdb?.encoding],
    ['reversal', 'reversal_owner', 'UTF8'],
    'the database',
  );
  problems.expect(spec?.enableSuperuserAccess === true, 'nobody can run roles.sql');
  problems.expect(
    spec?.affinity?.podAntiAffinityType === 'required' && spec.affinity.enablePodAntiAffinity,
    'two instances may share a machine',
  );
  problems.expect(spec?.enablePDB === true, 'a drain may take the primary');
  problems.expect(
    !/synchronous/.test(JSON.stringify(spec?.postgresql?.parameters)),
    'parameters weaken the commit',
  );
  return problems.texts;
}
