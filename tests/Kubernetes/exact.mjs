// Whether the manifests have the figures of figures.mjs, and whether what is asked from outside of a pod listens there.
import { figures } from './figures.mjs';
import { Problems, containers, find, ofKind, pods } from './manifests.mjs';

export function exact(manifests) {
  const problems = new Problems();
  for (const [owner, wanted] of Object.entries(figures)) {
    const found = find(manifests, ...owner.split(' '));
    if (found) compare(problems, found, wanted, owner);
  }
  for (const pod of pods(manifests).filter(one => one.kind === 'Deployment')) {
    const scaled = ofKind(manifests, 'ScaledObject').some(one => one.spec.scaleTargetRef.name === pod.name);
    problems.equal(pod.of.spec.replicas, scaled ? undefined : 2, `${pod.owner}: replicas`);
    problems.equal(pod.of.spec.selector?.matchLabels, pod.labels, `${pod.owner}: selects`);
    listens(problems, pod);
  }
  const worker = find(manifests, 'Deployment', 'reversal-worker')?.spec.template.spec.containers[0];
  problems.equal(
    ofKind(manifests, 'Role').map(one => one.metadata.name),
    worker?.env.some(one => one.name === 'Page__Port') ? ['reversal-page'] : [],
    'roles of people',
  );
  problems.equal(ofKind(manifests, 'RoleBinding'), [], 'people with a role');
  for (const pod of pods(manifests)) {
    const volumes = pod.spec.volumes.map(one => one.name);
    for (const one of containers(pod)) {
      for (const { name, mountPath } of one.volumeMounts) {
        problems.expect(volumes.includes(name), `${pod.owner}, ${one.name}: there is no volume ${name}`);
        problems.expect((name === 'tmp') === (mountPath === '/tmp'), `${pod.owner}: ${name} is at ${mountPath}`);
      }
    }
  }
  return problems.texts;
}

// What is asked from outside of the pod listens outside of the loopback, on the port that is named; the page never does.
function listens(problems, pod) {
  const { env, ports } = pod.spec.containers[0],
    set = name => env.find(one => one.name === name)?.value;
  for (const [port, name] of [
    ['metrics', 'Telemetry__Prometheus'],
    ['health', 'Health__'],
    ...(pod.name === 'reversal-gateway' ? [['http', 'Http__']] : []),
  ]) {
    problems.equal(set(`${name}Address`), '0.0.0.0', `${pod.owner}: ${name}Address`);
    problems.equal(
      set(`${name}Port`),
      `${ports.find(one => one.name === port)?.containerPort}`,
      `${pod.owner}: ${name}Port`,
    );
  }
  problems.expect([undefined, '8070'].includes(set('Page__Port')), `${pod.owner}: the page is on another port`);
  for (const name of ['Page__Address', 'Page__Actions'])
    problems.equal(set(name), undefined, `${pod.owner}: ${name}`);
}

// What is wanted is there, and of each list as much as there is.
function compare(problems, found, wanted, way) {
  if (wanted === null || typeof wanted !== 'object') {
    problems.equal(found, wanted, way);
  } else if (found === null || typeof found !== 'object') {
    problems.equal(found, wanted, way);
  } else {
    if (Array.isArray(wanted)) problems.equal(found.length, wanted.length, `${way}: how many`);
    for (const [key, value] of Object.entries(wanted)) compare(problems, found[key], value, `${way} ${key}`);
  }
}
