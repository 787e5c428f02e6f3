// Nothing goes in or out but what is named here a second time: who, which way, on which ports, and how many kinds of peers.
import { Problems, find, ofKind, pods, selects } from './manifests.mjs';

const base = {
  worker: {
    in: ['metrics from monitoring'],
    out: ['5432 to POSTGRES', ...[5671, 5672, 15671, 15672].map(port => `${port} to RABBITMQ`)],
  },
  gateway: {
    in: ['http from ingress-nginx', 'metrics from monitoring'],
    out: ['5671 to RABBITMQ', '5672 to RABBITMQ'],
  },
  migrate: { in: [], out: ['5432 to POSTGRES'] },
  names: { of: [], out: ['TCP 53 to kube-system kube-dns', 'UDP 53 to kube-system kube-dns'] },
};
const nodes = ['25672', '35672-35682', '4369'].map(port => `${port} DIRECTION reversal-rabbitmq`);
const servers = {
  postgres: {
    of: ['cnpg.io/cluster', 'reversal-postgres'],
    in: [
      '5432 from biller',
      '5432 from cnpg-system',
      '5432 from reversal-migrate',
      '5432 from reversal-postgres',
      '5432 from reversal-worker',
      '8000 from cnpg-system',
      '8000 from reversal-postgres',
      '9187 from monitoring',
    ],
    out: ['443 to 0.0.0.0/0', '5432 to reversal-postgres', '6443 to 0.0.0.0/0', '8000 to reversal-postgres'],
  },
  rabbitmq: {
    in: [
      ...['5671', '5672'].flatMap(port =>
        ['neighbour', 'reversal-gateway', 'reversal-worker'].map(who => `${port} from ${who}`),
      ),
      '15672 from keda',
      '15672 from rabbitmq-system',
      '15672 from reversal-worker',
      '15692 from monitoring',
      ...nodes.map(one => one.replace('DIRECTION', 'from')),
    ],
    out: nodes.map(one => one.replace('DIRECTION', 'to')),
  },
};

function peer(one) {
  if (one.ipBlock) return one.ipBlock.except ? 'an address with exceptions' : one.ipBlock.cidr;
  const texts = [];
  for (const selector of [one.namespaceSelector, one.podSelector].filter(each => each !== undefined)) {
    const labels = Object.entries(selector.matchLabels ?? {});
    if (labels.length !== 1 || selector.matchExpressions) return 'everybody';
    texts.push(/^reversals\/(\w+) true$/.exec(labels[0].join(' '))?.[1] ?? labels[0][1]);
  }
  return texts.join(' ');
}

function flows(rules, side, word) {
  return (rules ?? [])
    .flatMap(rule =>
      (rule[side] ?? [{ ipBlock: { cidr: 'anywhere' } }]).flatMap(one =>
        (rule.ports ?? [{ port: 'any port' }]).map(port => {
          const number = port.endPort ? `${port.port}-${port.endPort}` : `${port.port}`;
          const protocol = number === '53' || port.protocol !== 'TCP' ? `${port.protocol} ` : '';
          return `${protocol}${number} ${word} ${peer(one)}`;
        }),
      ),
    )
    .sort();
}

export function closed(manifests, { name }) {
  const problems = new Problems(),
    policies = ofKind(manifests, 'NetworkPolicy');
  const operators = Boolean(find(manifests, 'RabbitmqCluster', 'reversal-rabbitmq'));
  const example = name === 'example';
  const [postgres, rabbitmq] = operators
    ? ['reversal-postgres', 'reversal-rabbitmq']
    : example
      ? ['10.20.0.10/32', '10.20.0.20/32']
      : ['192.0.2.1/32', '192.0.2.2/32'];
  const nothing = find(manifests, 'NetworkPolicy', 'nothing');
  problems.equal(
    nothing?.spec,
    { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    'the policy for every pod',
  );

  const expected = { ...base, ...(operators ? servers : {}) };
  problems.equal(
    policies.map(one => one.metadata.name).sort(),
    [...Object.keys(expected), 'nothing'].sort(),
    'policies',
  );
  for (const [name, flow] of Object.entries(expected)) {
    const spec = find(manifests, 'NetworkPolicy', name)?.spec ?? {};
    const out = flow.out.map(one => one.replace('POSTGRES', postgres).replace('RABBITMQ', rabbitmq));
    const [key, value] = flow.of ?? ['app.kubernetes.io/name', `reversal-${name}`];
    problems.equal(spec.podSelector, key ? { matchLabels: { [key]: value } } : {}, `pods of ${name}`);
    problems.equal(spec.policyTypes, flow.in ? ['Ingress', 'Egress'] : ['Egress'], `ways of ${name}`);
    problems.equal(flows(spec.ingress, 'from', 'from'), [...(flow.in ?? [])].sort(), `into ${name}`);
    problems.equal(flows(spec.egress, 'to', 'to'), out.sort(), `out of ${name}`);
  }
  for (const pod of pods(manifests)) {
    const own = policies.filter(
      one => Object.keys(one.spec.podSelector).length > 0 && selects(one.spec.podSelector, pod.labels),
    );
    problems.equal(
      own.map(one => `reversal-${one.metadata.name}`),
      [pod.name],
      `policies of ${pod.owner}`,
    );
  }
  ports(problems, manifests, policies);
  return problems.texts;
}

// A policy names ports as the pods do.
function ports(problems, manifests, policies) {
  for (const pod of pods(manifests)) {
    const known = pod.spec.containers.flatMap(one => one.ports ?? []).map(one => one.name);
    const named = policies
      .filter(one => selects(one.spec.podSelector, pod.labels))
      .flatMap(one => one.spec.ingress ?? [])
      .flatMap(one => one.ports ?? [])
      .map(one => one.port);
    for (const port of named) problems.expect(known.includes(port), `${pod.owner} has no port ${port}`);
  }
}

export function served(manifests) {
  const problems = new Problems();
  const services = ofKind(manifests, 'Service');
  problems.equal(
    services.map(one => one.metadata.name),
    ['reversal-gateway'],
    'services',
  );
  for (const one of services) {
    const pod = pods(manifests).find(each => selects({ matchLabels: one.spec.selector }, each.labels));
    problems.expect(one.spec.type === 'ClusterIP', `${one.metadata.name} is open to the outside`);
    problems.equal(
      one.spec.ports.map(port => port.targetPort),
      ['http'],
      `${one.metadata.name} leads to`,
    );
    const http = pod?.spec.containers[0].ports.find(port => port.name === 'http')?.containerPort;
    const set = pod?.spec.containers[0].env.find(each => each.name === 'Http__Port')?.value;
    problems.expect(
      pod?.name === one.metadata.name && String(http) === set,
      `${one.metadata.name} leads nowhere`,
    );
  }
  return problems.texts;
}

// Each target is there, and each job has the name that the alerts know it by.
export function watched(manifests, { alerts, rules, name }) {
  const problems = new Problems(),
    monitors = ofKind(manifests, 'PodMonitor'),
    jobs = [];
  const operators = { 'reversal-postgres': ['metrics'], 'reversal-rabbitmq': ['prometheus'] };
  for (const one of monitors) {
    const pod = pods(manifests).find(each => selects(one.spec.selector, each.labels));
    const known =
      pod?.spec.containers[0].ports.map(port => port.name) ??
      (find(
        manifests,
        one.metadata.name.endsWith('postgres') ? 'Cluster' : 'RabbitmqCluster',
        one.metadata.name,
      ) &&
        operators[Object.values(one.spec.selector.matchLabels)[0]]) ??
      [];
    for (const target of one.spec.podMetricsEndpoints) {
      problems.expect(known.includes(target.port), `PodMonitor ${one.metadata.name} asks nobody`);
      jobs.push(
        ...(target.relabelings ?? [])
          .filter(rule => rule.action === 'replace' && rule.targetLabel === 'job')
          .map(rule => rule.replacement),
      );
    }
  }
  const needed = [
    'reversal-worker',
    'reversal-gateway',
    ...(find(manifests, 'RabbitmqCluster', 'reversal-rabbitmq') ? ['rabbitmq', 'rabbitmq-queues'] : []),
  ];
  problems.equal([...jobs].sort(), [...needed].sort(), 'jobs');
  for (const one of ofKind(manifests, 'Cluster')) {
    problems.expect(find(monitors, 'PodMonitor', one.metadata.name), `nobody watches ${one.metadata.name}`);
  }
  // The README makes it for the example of operators.
  const own = ofKind(manifests, 'PrometheusRule').map(one => one.spec);
  problems.equal(own, name === 'operators' ? [rules] : [], 'alerts');
  for (const job of needed) problems.expect(alerts.includes(`"${job}"`), `no alert knows the job ${job}`);
  return problems.texts;
}
