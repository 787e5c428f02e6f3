// What the manifests of one rendering hold, for those who judge them.
import { readFileSync } from 'node:fs';

export function read(file, yaml) {
  return yaml.parseAllDocuments(readFileSync(file, 'utf8')).map(document => {
    if (document.errors.length > 0) throw document.errors[0];
    const manifest = document.toJS();
    // Kustomize breaks long values over lines, which Kubernetes takes and the models do not.
    if (manifest.kind === 'Secret') {
      for (const key of Object.keys(manifest.data))
        manifest.data[key] = manifest.data[key].replace(/\s/g, '');
    }
    return manifest;
  });
}

export const label = manifest => `${manifest.kind} ${manifest.metadata?.name}`;

export const ofKind = (manifests, kind) => manifests.filter(one => one.kind === kind);

export const find = (manifests, kind, name) =>
  manifests.find(one => one.kind === kind && one.metadata.name === name);

// Each with the name of what it belongs to.
export function pods(manifests) {
  return manifests
    .filter(one => one.spec?.template?.spec)
    .map(one => ({
      owner: label(one),
      kind: one.kind,
      name: one.metadata.name,
      labels: one.spec.template.metadata.labels,
      spec: one.spec.template.spec,
      of: one,
    }));
}

export const containers = pod => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];

export const selects = (selector, labels) =>
  selector != null &&
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value) &&
  (selector.matchExpressions ?? []).length === 0;

// Problems as texts; the condition is what has to be.
export class Problems {
  texts = [];
  expect(condition, text) {
    if (!condition) this.texts.push(text);
  }
  equal(found, expected, text) {
    const [a, b] = [JSON.stringify(sorted(found)), JSON.stringify(sorted(expected))];
    if (a !== b) this.texts.push(`${text}: found ${a}, expected ${b}`);
  }
}

export function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  );
}
