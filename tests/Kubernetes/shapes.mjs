// What deploy/kubernetes uses of kinds that publish no model on npm: nothing else may stand in them.
const text = { type: 'string', minLength: 1 },
  yes = { type: 'boolean' },
  number = { type: 'integer', minimum: 0 };
const one = (...values) => ({ enum: values });
const list = items => ({ type: 'array', items, minItems: 1 });
const map = values => ({ type: 'object', additionalProperties: values });
const all = (properties, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const named = all({ name: text });
const size = { type: 'string', pattern: '^[0-9]+(m|Ki|Mi|Gi)?$' };
const resources = all({
  requests: all({ cpu: size, memory: size }),
  limits: all({ cpu: size, memory: size }),
});

const metadata = all({ name: text, namespace: text, labels: map(text) }, ['name', 'namespace']);
const kind = (apiVersion, name, spec) => [
  `${apiVersion} ${name}`,
  all({ apiVersion: { const: apiVersion }, kind: { const: name }, metadata, spec }),
];

const of = { rabbitmqClusterReference: named, vhost: text };
const anything = map({ type: ['string', 'integer', 'boolean'] });
const rabbit = (name, properties, ...optional) => {
  const spec = { ...of, ...properties };
  return kind(
    'rabbitmq.com/v1beta1',
    name,
    all(
      spec,
      Object.keys(spec).filter(key => !optional.includes(key)),
    ),
  );
};

export const shapes = Object.fromEntries([
  rabbit(
    'Vhost',
    {
      name: text,
      defaultQueueType: one('quorum', 'classic', 'stream'),
      deletionPolicy: one('delete', 'retain'),
    },
    'vhost',
  ),
  rabbit('Exchange', { name: text, type: one('fanout', 'direct'), durable: yes, autoDelete: yes }),
  rabbit(
    'Queue',
    {
      name: text,
      type: one('quorum'),
      durable: yes,
      autoDelete: yes,
      deletionPolicy: one('delete', 'retain'),
      arguments: anything,
    },
    'arguments',
  ),
  rabbit('Binding', { source: text, destinationType: one('queue', 'exchange'), destination: text }),
  rabbit('Policy', {
    name: text,
    pattern: text,
    priority: number,
    definition: anything,
    applyTo: one('queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges', 'all'),
  }),
  rabbit(
    'User',
    {
      importCredentialsSecret: named,
      tags: list(one('management', 'monitoring', 'policymaker', 'administrator')),
    },
    'vhost',
    'tags',
  ),
  rabbit('Permission', {
    userReference: named,
    permissions: all({ configure: text, write: text, read: text }),
  }),
  kind(
    'rabbitmq.com/v1beta1',
    'RabbitmqCluster',
    all({
      replicas: number,
      image: text,
      terminationGracePeriodSeconds: number,
      resources,
      persistence: all({ storage: size, storageClassName: text }, ['storage']),
      rabbitmq: all({ additionalConfig: text, additionalPlugins: list(text) }),
      affinity: all({
        podAntiAffinity: all({
          requiredDuringSchedulingIgnoredDuringExecution: list(
            all({ topologyKey: text, labelSelector: all({ matchLabels: map(text) }) }),
          ),
        }),
      }),
    }),
  ),
  kind(
    'postgresql.cnpg.io/v1',
    'Cluster',
    all({
      instances: number,
      imageName: text,
      enableSuperuserAccess: yes,
      enablePDB: yes,
      switchoverDelay: number,
      resources,
      primaryUpdateStrategy: one('unsupervised', 'supervised'),
      primaryUpdateMethod: one('switchover', 'restart'),
      bootstrap: all({
        initdb: all({ database: text, owner: text, secret: named, encoding: text, dataChecksums: yes }),
      }),
      postgresql: all({
        synchronous: all({
          method: one('any', 'first'),
          number,
          dataDurability: one('required', 'preferred'),
          failoverQuorum: yes,
        }),
        parameters: map(text),
      }),
      affinity: all({
        enablePodAntiAffinity: yes,
        podAntiAffinityType: one('required', 'preferred'),
        topologyKey: text,
      }),
      storage: all({ size, storageClass: text }, ['size']),
      walStorage: all({ size, storageClass: text }, ['size']),
    }),
  ),
]);
