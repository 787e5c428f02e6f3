// Compares an image of PublishContainer with what deploy/Dockerfile says of the same program:
// node image.mjs UNPACKED-ARCHIVE DOCKERFILE STAGE FOLDER. Writes what is in its layers to FOLDER.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [archive, dockerfile, stage, folder] = process.argv.slice(2);
const json = name => JSON.parse(readFileSync(path.join(archive, name), 'utf8'));
const [manifest] = json('manifest.json');
const { config } = json(manifest.Config);

const lines = readFileSync(dockerfile, 'utf8')
  .replace(/\\\n\s*/g, ' ')
  .split('\n');
const begin = lines.findIndex(line => new RegExp(`^FROM .* AS ${stage}$`).test(line));
const rest = lines.slice(begin + 1),
  end = rest.findIndex(line => line.startsWith('FROM'));
const said = word =>
  (end < 0 ? rest : rest.slice(0, end))
    .filter(line => line.startsWith(`${word} `))
    .map(line => line.slice(word.length + 1).trim());

const problems = [];
const equal = (what, found, expected) => {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) problems.push(`${what}: found ${a}, deploy/Dockerfile has ${b}`);
};
equal('user', config.User, said('USER')[0]);
equal('working directory', config.WorkingDir?.replace(/\/$/, ''), said('WORKDIR')[0]);
equal('entry point', config.Entrypoint, JSON.parse(said('ENTRYPOINT')[0]));
equal('arguments', config.Cmd, JSON.parse(said('CMD')[0]));
const ports = Object.keys(config.ExposedPorts ?? {})
  .map(one => one.replace('/tcp', ''))
  .filter(one => stage === 'worker' || one !== '8080');
equal('ports', ports.sort(), said('EXPOSE')[0].split(' ').sort());
for (const one of said('ENV')) if (!config.Env.includes(one)) problems.push(`ENV ${one} is missing`);
for (const [, name, value] of said('LABEL')
  .join(' ')
  .matchAll(/(\S+)="([^"]*)"/g))
  equal(name, config.Labels?.[name], value);

mkdirSync(folder, { recursive: true });
for (const layer of manifest.Layers) execFileSync('tar', ['-xf', path.join(archive, layer), '-C', folder]);
for (const one of problems) console.log(one);
process.exitCode = problems.length === 0 ? 0 : 1;
