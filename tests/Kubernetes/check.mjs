// Judges rendered manifests, and then the judges: node check.mjs FOLDER-OF-PACKAGES ROOT RENDERED DEFINITIONS
//
// RENDERED has a file NAME.yaml for each rendering. DEFINITIONS is what definitions.sh prints for the same virtual host and
// neighbours. The last line is `N passed, N failed`. With a fifth argument it only writes the topology to that file.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { exact } from './exact.mjs';
import { label, read } from './manifests.mjs';
import { altered, mistakes, plant, text } from './mistakes.mjs';
import { closed, served, watched } from './network.mjs';
import { admitted, available, contained, graceful, probed, versioned } from './policies.mjs';
import { Schemas } from './schemas.mjs';
import { asDefinitions, database, topology } from './servers.mjs';
import { known, options, secrets } from './settings.mjs';
import { migrated, scaled } from './upkeep.mjs';

const [packages, root, rendered, definitions, topologyFile] = process.argv.slice(2);
const yaml = createRequire(path.join(packages, 'package.json'))('yaml');
const names = readdirSync(rendered)
  .filter(one => one.endsWith('.yaml'))
  .map(one => one.slice(0, -5));
const good = Object.fromEntries(names.map(name => [name, read(path.join(rendered, `${name}.yaml`), yaml)]));
if (topologyFile) {
  writeFileSync(topologyFile, JSON.stringify({ ...asDefinitions(good.operators), permissions: [] }, null, 2));
  process.exit(0);
}

const file = name => readFileSync(path.join(root, name), 'utf8');
const context = {
  records: options(path.join(root, 'src')),
  alerts: file('deploy/observability/rules.yml') + '"rabbitmq"',
  rules: yaml.parse(file('deploy/observability/rules.yml')),
  definitions: JSON.parse(readFileSync(definitions, 'utf8')),
  limits: [...file('deploy/rabbitmq/rabbitmq.conf').matchAll(/^(max_message_size|frame_max) = (\d+)$/gm)].map(
    one => one.slice(1),
  ),
  sql: {
    'passwords.sql': file('deploy/postgres/passwords.sql'),
    'roles.sql': file('deploy/postgres/roles.sql'),
  },
};
const schemas = new Schemas(packages),
  every = names,
  complete = ['example', 'operators'];
const checks = {
  values: { in: every, run: manifests => schemas.values(manifests) },
  contained: { in: every, run: contained },
  probed: { in: every, run: probed },
  graceful: { in: every, run: graceful },
  available: { in: every, run: available },
  admitted: { in: every, run: admitted },
  versioned: { in: complete, run: versioned },
  closed: { in: every, run: closed },
  served: { in: every, run: served },
  watched: { in: every, run: watched },
  figures: { in: every, run: exact },
  settings: { in: every, run: known },
  secrets: { in: complete, run: secrets },
  topology: { in: ['operators'], run: topology },
  database: { in: ['operators'], run: database },
  migrated: { in: every, run: migrated },
  scaled: { in: complete, run: scaled },
};

let passed = 0,
  failed = 0;
function fact(what, problems) {
  if (problems.length === 0) {
    passed++;
    console.log(`passed  ${what}`);
  } else {
    failed++;
    console.log([`FAILED  ${what}`, ...problems.map(one => `  | ${one}`)].join('\n'));
  }
}

const cases = new Map(names.map(name => [name, good[name]]));
for (const one of mistakes) cases.set(one, plant(good[one.rendering], one));
const spelled = schemas.names(
  new Map([...cases].filter(([id]) => typeof id === 'string' || id.check === 'names')),
);
for (const name of names) fact(`${name}: names`, spelled.get(name));
for (const [check, { in: where, run }] of Object.entries(checks)) {
  for (const name of where) fact(`${name}: ${check}`, await run(good[name], { ...context, name }));
}

for (const one of mistakes) {
  const found =
    one.check === 'names'
      ? spelled.get(one)
      : await checks[one.check].run(cases.get(one), { ...context, name: one.rendering });
  fact(`found by ${one.check}: ${text(one)}`, found.length > 0 ? [] : ['nothing was found']);
}
fact(
  'each check has a mistake',
  ['names', ...Object.keys(checks)].filter(check => !mistakes.some(one => one.check === check)),
);

// No manifest may go unnoticed.
for (const name of complete) {
  const missed = [];
  for (const one of good[name]) {
    const rest = good[name].filter(each => each !== one);
    let found = false;
    for (const { in: where, run } of Object.values(checks)) {
      found ||= where.includes(name) && (await run(rest, { ...context, name })).length > 0;
    }
    if (!found) missed.push(label(one));
  }
  fact(`${name}: each manifest is missed when it is taken away`, missed);
}

// Nor any value in one.
for (const name of complete) {
  const missed = [];
  for (const { manifests, what } of altered(good[name])) {
    let found = false;
    for (const [check, { in: where, run }] of Object.entries(checks)) {
      if (check === 'values') continue;
      found ||= where.includes(name) && (await run(manifests, { ...context, name })).length > 0;
    }
    if (!found) missed.push(what);
  }
  fact(`${name}: each value is missed when it is another`, missed);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
