// Whether each manifest is of the form that its kind has. For kinds of Kubernetes, KEDA and the Prometheus operator by
// the published models: their validators judge values, their types the names of fields, which the validators leave open.
// The operators of RabbitMQ and PostgreSQL publish none on npm; shapes.mjs has what is used of theirs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { label } from './manifests.mjs';
import { shapes } from './shapes.mjs';

const packages = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

export class Schemas {
  constructor(folder) {
    this.folder = folder;
    this.require = createRequire(path.join(folder, 'package.json'));
    const Ajv = this.require('ajv/dist/2020').default;
    this.ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
    this.shapes = Object.fromEntries(
      Object.entries(shapes).map(([kind, shape]) => [kind, this.ajv.compile(shape)]),
    );
  }

  #module(manifest) {
    const group = manifest.apiVersion.split('/')[0];
    return `${packages[group] ?? 'kubernetes-models'}/${manifest.apiVersion}`;
  }

  async values(manifests) {
    const problems = [];
    for (const one of manifests) {
      const shape = this.shapes[`${one.apiVersion} ${one.kind}`];
      if (shape) {
        if (!shape(one))
          problems.push(
            ...shape.errors.map(
              error => `${label(one)}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
            ),
          );
        continue;
      }
      const file = path.join(this.folder, 'node_modules', this.#module(one), 'index.js');
      const model = (await import(pathToFileURL(file)))[one.kind];
      try {
        new model(one).validate();
      } catch (error) {
        problems.push(`${label(one)}: ${error.message}`);
      }
    }
    return problems;
  }

  // Of many cases at once, as the compiler takes a while to begin: a map from case to problems.
  names(cases) {
    const folder = path.join(this.folder, 'names');
    mkdirSync(folder, { recursive: true });
    const files = [...cases].map(([id, manifests], place) => {
      const known = manifests.filter(one => !this.shapes[`${one.apiVersion} ${one.kind}`]);
      const kinds = new Map(known.map(one => [`${one.apiVersion} ${one.kind}`, one]));
      const name = kind => 'I' + kind.replace(/[^A-Za-z0-9]/g, '_');
      const lines = [...kinds].map(
        ([kind, one]) => `import { I${one.kind} as ${name(kind)} } from '${this.#module(one)}';`,
      );
      known.forEach((one, index) =>
        lines.push(
          `export const m${index}: ${name(`${one.apiVersion} ${one.kind}`)} = ${JSON.stringify(one)};`,
        ),
      );
      writeFileSync(path.join(folder, `case${place}.ts`), lines.join('\n'));
      return id;
    });
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          noEmit: true,
          strict: true,
          skipLibCheck: true,
          target: 'es2022',
          module: 'nodenext',
          types: [],
        },
        files: files.map((_, place) => `case${place}.ts`),
      }),
    );
    const problems = new Map(files.map(id => [id, []]));
    for (const line of this.#compile(folder).split('\n')) {
      const place = /case(\d+)\.ts\(.*?error (.*)/.exec(line);
      if (place) problems.get(files[place[1]]).push(place[2]);
      else if (line.startsWith('error')) throw new Error(line);
    }
    return problems;
  }

  #compile(folder) {
    try {
      return execFileSync(
        process.execPath,
        [this.require.resolve('typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
        { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 26 },
      );
    } catch (error) {
      if (!error.stdout) throw error;
      return error.stdout;
    }
  }
}
