// What every pod has to keep to, and what keeps the work going while pods come and go.
import { Problems, containers, find, ofKind, pods, selects } from './manifests.mjs';

export function contained(manifests) {
  const problems = new Problems();
  problems.expect(pods(manifests).length >= 3, 'fewer than three pods: worker, gateway, migrate');
  for (const pod of pods(manifests)) {
    const { spec, owner } = pod,
      security = spec.securityContext ?? {};
    problems.expect(security.runAsNonRoot === true && security.runAsUser > 0, `${owner} may run as root`);
    problems.expect(security.seccompProfile?.type === 'RuntimeDefault', `${owner} has no seccomp profile`);
    problems.expect(spec.automountServiceAccountToken === false, `${owner} has a token for the API server`);
    problems.expect(spec.enableServiceLinks === false, `${owner} takes variables of Services for settings`);
    problems.expect(
      !spec.hostNetwork && !spec.hostPID && !spec.hostIPC,
      `${owner} is in the node's namespaces`,
    );
    for (const volume of spec.volumes ?? []) {
      problems.expect(!volume.hostPath, `${owner}: ${volume.name} is of the node`);
      problems.expect(!volume.emptyDir || volume.emptyDir.sizeLimit, `${owner}: ${volume.name} has no limit`);
      const mode = volume.projected?.defaultMode ?? volume.secret?.defaultMode;
      problems.expect(
        !(volume.projected || volume.secret) || mode === 0o440,
        `${owner}: ${volume.name} is for everybody`,
      );
    }
    for (const container of containers(pod)) limits(problems, owner, container);
  }
  return problems.texts;
}

function limits(problems, owner, container) {
  const who = `${owner}, ${container.name}`,
    own = container.securityContext ?? {},
    { requests, limits } = container.resources ?? {};
  problems.expect(own.readOnlyRootFilesystem === true, `${who}: its files can be changed`);
  problems.expect(own.allowPrivilegeEscalation === false && !own.privileged, `${who} can gain privileges`);
  problems.expect(
    own.capabilities?.drop?.includes('ALL') && !own.capabilities.add,
    `${who} has capabilities`,
  );
  problems.expect(own.runAsUser === undefined && own.runAsNonRoot !== false, `${who} sets a user of its own`);
  problems.expect(requests?.cpu && requests?.memory, `${who} requests nothing`);
  problems.expect(limits?.cpu && limits?.memory, `${who} has no limits`);
  for (const mount of container.volumeMounts ?? []) {
    problems.expect(
      mount.name === 'tmp' || mount.readOnly === true,
      `${who} can write to ${mount.mountPath}`,
    );
  }
  for (const variable of container.env ?? []) {
    problems.expect(
      !variable.valueFrom?.secretKeyRef,
      `${who}: ${variable.name} is a secret in the environment`,
    );
  }
}

export function probed(manifests) {
  const problems = new Problems();
  for (const pod of pods(manifests).filter(one => one.kind === 'Deployment')) {
    for (const container of pod.spec.containers) {
      const { startupProbe, livenessProbe, readinessProbe } = container;
      const port = container.ports?.find(one => one.name === 'health')?.containerPort;
      const set = name => container.env.find(one => one.name === name)?.value;
      problems.expect(String(port) === set('Health__Port'), `${pod.owner}: health is not on Health__Port`);
      problems.expect(set('Health__Address') === '0.0.0.0', `${pod.owner}: health listens on loopback only`);
      for (const [probe, path] of [
        [startupProbe, 'live'],
        [livenessProbe, 'live'],
        [readinessProbe, 'ready'],
      ]) {
        problems.equal(
          probe?.httpGet,
          { path: `/health/${path}`, port: 'health' },
          `${pod.owner}: the probe ${path}`,
        );
      }
      problems.expect(
        startupProbe?.failureThreshold * startupProbe?.periodSeconds >= 30,
        `${pod.owner} has no time to start`,
      );
    }
  }
  return problems.texts;
}

export function graceful(manifests) {
  const problems = new Problems();
  for (const pod of pods(manifests)) {
    const waits = pod.spec.containers[0].lifecycle?.preStop?.sleep?.seconds ?? 0;
    const needs = pod.name === 'reversal-gateway' ? waits + 15 : 45;
    problems.expect(pod.spec.terminationGracePeriodSeconds >= needs, `${pod.owner} needs ${needs} s to stop`);
    problems.expect(pod.name !== 'reversal-gateway' || waits >= 5, `${pod.owner} goes before callers know`);
  }
  return problems.texts;
}

export function available(manifests) {
  const problems = new Problems();
  for (const pod of pods(manifests).filter(one => one.kind === 'Deployment')) {
    const scaled = ofKind(manifests, 'ScaledObject').find(one => one.spec.scaleTargetRef.name === pod.name);
    problems.expect(
      (scaled?.spec.minReplicaCount ?? pod.of.spec.replicas) >= 2,
      `${pod.owner}: fewer than two`,
    );
    problems.expect(
      !scaled || pod.of.spec.replicas === undefined,
      `${pod.owner}: each apply undoes the scaling`,
    );
    problems.equal(
      pod.of.spec.strategy.rollingUpdate,
      { maxSurge: 1, maxUnavailable: 0 },
      `${pod.owner}: an update`,
    );
    const budgets = ofKind(manifests, 'PodDisruptionBudget').filter(one =>
      selects(one.spec.selector, pod.labels),
    );
    problems.expect(
      budgets.length === 1 && budgets[0].spec.maxUnavailable === 1,
      `${pod.owner}: no budget of one`,
    );
    problems.expect(
      budgets[0]?.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow',
      `${pod.owner} holds up draining`,
    );
    const spread = (pod.spec.topologySpreadConstraints ?? [])
      .filter(one => selects(one.labelSelector, pod.labels))
      .map(one => one.topologyKey);
    problems.equal(
      spread,
      ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'],
      `${pod.owner}: spread over`,
    );
  }
  return problems.texts;
}

export function admitted(manifests) {
  const problems = new Problems();
  for (const one of manifests.filter(one => one.kind !== 'Namespace')) {
    problems.expect(
      one.metadata.namespace === 'reversals',
      `${one.kind} ${one.metadata.name} is in no namespace of ours`,
    );
  }
  const namespace = find(manifests, 'Namespace', 'reversals');
  problems.expect(
    namespace?.metadata.labels['pod-security.kubernetes.io/enforce'] === 'restricted',
    'the namespace takes pods of every kind',
  );
  return problems.texts;
}

export function versioned(manifests) {
  const problems = new Problems();
  const images = [
    ...new Set(
      pods(manifests)
        .flatMap(containers)
        .map(one => one.image),
    ),
  ];
  problems.expect(images.length === 3, `three images, found ${images}`);
  for (const image of images) {
    problems.expect(/:\d+(\.\d+)*$/.test(image), `${image} names no version`);
  }
  return problems.texts;
}
