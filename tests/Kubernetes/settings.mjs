// Whether every setting that a manifest or a Secret names is one of the program's: read from the options in src, as the
// program itself keeps silent about a section that it does not know.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Problems, containers, find, pods } from './manifests.mjs';

export function options(root) {
  const records = {};
  for (const file of readdirSync(root, { recursive: true }).filter(
    one => /Options\.cs$/.test(one) && !/\bobj\b/.test(one),
  )) {
    let record;
    for (const line of readFileSync(path.join(root, file), 'utf8').split('\n')) {
      const begun = /\brecord (\w+)(?:\([^)]*\))?(?: : (\w+))?/.exec(line.replace(/\/\/.*/, ''));
      if (begun) record = records[begun[1]] = { base: begun[2], properties: {} };
      const property = /^\s+public (?:required )?([\w<>, ?.]+) (\w+) \{ get;/.exec(line);
      if (property && record) record.properties[property[2]] = property[1];
    }
  }
  return records;
}

function property(records, type, name) {
  for (let record = records[type]; record; record = records[record.base]) {
    if (record.properties[name]) return record.properties[name];
  }
}

// In the spelling of a variable or a file: Clients__demo__ApiKeys__0.
export function isSetting(records, root, name) {
  let type = root;
  for (const part of name.split('__')) {
    const entry =
      /^Dictionary<string, (\w+)>$/.exec(type) ??
      (/^IReadOnlyList<(\w+)>$/.exec(type) && /^\d+$/.test(part)
        ? /^IReadOnlyList<(\w+)>$/.exec(type)
        : null);
    type = entry ? entry[1] : property(records, type, part);
    if (!type) return false;
  }
  return !records[type] && !/</.test(type);
}

const programs = { 'reversal-worker': 'WorkerOptions', 'reversal-gateway': 'GatewayOptions' };

export function known(manifests, { records }) {
  const problems = new Problems();
  for (const pod of pods(manifests)) {
    for (const container of containers(pod)) {
      const root = programs[container.image.replace(/:.*/, '').replace(/.*\//, '')];
      if (!root) continue;
      const who = `${pod.owner}, ${container.name}`;
      const folder = container.env.find(one => one.name === 'SECRETS_DIR')?.value;
      const mount = container.volumeMounts.find(one => one.mountPath === folder);
      problems.expect(mount, `${who}: nothing is mounted at SECRETS_DIR, ${folder}`);
      const names = container.env.map(one => one.name).filter(one => one !== 'SECRETS_DIR');
      for (const secret of secretsOf(pod, mount?.name)) {
        names.push(...Object.keys(find(manifests, 'Secret', secret)?.data ?? {}));
      }
      for (const name of names)
        problems.expect(isSetting(records, root, name), `${who}: there is no setting ${name}`);
    }
  }
  return problems.texts;
}

const secretsOf = (pod, volume) =>
  references(pod)
    .filter(one => one.volume === volume)
    .map(one => one.name);

export function references(pod) {
  return (pod.spec.volumes ?? []).flatMap(volume => [
    ...(volume.secret ? [{ volume: volume.name, name: volume.secret.secretName, keys: [] }] : []),
    ...(volume.projected?.sources ?? [])
      .filter(one => one.secret)
      .map(one => ({
        volume: volume.name,
        name: one.secret.name,
        keys: (one.secret.items ?? []).map(item => item.key),
      })),
  ]);
}

// Every Secret that something names is there with the keys that it wants; none is there for nobody.
export function secrets(manifests, { sql }) {
  const problems = new Problems(),
    wanted = new Map();
  const want = (name, who, keys = []) => wanted.set(name, [...(wanted.get(name) ?? []), { who, keys }]);
  for (const pod of pods(manifests)) for (const one of references(pod)) want(one.name, pod.owner, one.keys);
  for (const one of manifests) {
    if (one.kind === 'User')
      want(one.spec.importCredentialsSecret.name, `User ${one.metadata.name}`, ['username', 'password']);
    if (one.kind === 'Cluster')
      want(one.spec.bootstrap.initdb.secret.name, 'the cluster', ['username', 'password']);
    if (one.kind === 'TriggerAuthentication') {
      for (const key of one.spec.secretTargetRef) want(key.name, 'the scaling', [key.key]);
    }
  }
  const roles = [...sql['passwords.sql'].matchAll(/`cat \/run\/secrets\/(\w+)`/g)].map(one => one[1]);
  problems.expect(roles.length >= 5, 'passwords.sql gives no passwords');
  want('reversal-roles', 'passwords.sql', roles);
  const operators = manifests.some(one => one.kind === 'Cluster');
  if (operators) wanted.delete('reversal-postgres-superuser'); // CloudNativePG makes it
  for (const [name, uses] of wanted) {
    const found = find(manifests, 'Secret', name);
    for (const { who, keys } of uses) {
      problems.expect(found, `${who} wants the Secret ${name}`);
      for (const key of keys)
        problems.expect(found?.data?.[key], `${who} wants ${key} of the Secret ${name}`);
    }
  }
  for (const one of manifests.filter(one => one.kind === 'Secret')) {
    problems.expect(wanted.has(one.metadata.name), `nobody wants the Secret ${one.metadata.name}`);
  }
  return problems.texts;
}
