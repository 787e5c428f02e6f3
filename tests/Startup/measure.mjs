// Starts each contestant in turn, asks /health/ready every few milliseconds, and prints a table in the end:
// node measure.mjs ROUNDS NAME|FOLDER|VARIABLE=VALUE…
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { loadavg } from 'node:os';
import { setTimeout } from 'node:timers/promises';

const [rounds, ...rest] = process.argv.slice(2);
const contestants = rest.map(one => {
  const [name, folder, setting] = one.split('|');
  return {
    name,
    folder,
    variables: setting ? Object.fromEntries([setting.split('=')]) : {},
    times: [],
    cpu: [],
    memory: [],
  };
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const isReady = port =>
  new Promise(resolve =>
    http
      .get({ port, path: '/health/ready', agent: false }, answer => {
        answer.resume();
        resolve(answer.statusCode === 200);
      })
      .on('error', () => resolve(false)),
  );

// Of all threads, in milliseconds; a tick is ten.
function spent(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const resident = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

async function start(one) {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(`${one.folder}/reversal-worker`, ['run'], {
    stdio: 'ignore',
    env: { ...process.env, ...one.variables, Health__Port: String(port) },
  });
  const ended = once(child, 'exit');
  while (!(await isReady(port))) {
    if (child.exitCode !== null || performance.now() - began > 60_000)
      throw new Error(`${one.name} does not become ready`);
    await setTimeout(3);
  }
  one.times.push(performance.now() - began);
  one.cpu.push(spent(child.pid));
  one.memory.push(resident(child.pid));
  child.kill('SIGTERM');
  await ended;
}

// The first start of each fills the caches of the system and does not count.
for (let round = -1; round < Number(rounds); round++) {
  for (const one of contestants) {
    await start(one);
    if (round < 0) ((one.times = []), (one.cpu = []), (one.memory = []));
  }
}
const middle = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const whole = value => value.toFixed(0);
console.log(`${rounds} rounds, load ${loadavg()[0].toFixed(1)}\n`);
console.log(
  '| | exec → ready, median ms | quickest | slowest | CPU ms | RSS MiB | on disk MiB |\n|---|---|---|---|---|---|---|',
);
for (const one of contestants) {
  const size =
    Number(execFileSync('du', ['-sk', '--apparent-size', one.folder], { encoding: 'utf8' }).split('\t')[0]) /
    1024;
  console.log(
    `| ${[
      one.name,
      middle(one.times),
      Math.min(...one.times),
      Math.max(...one.times),
      middle(one.cpu),
      middle(one.memory),
      size,
    ]
      .map(value => (typeof value === 'string' ? value : whole(value)))
      .join(' | ')} |`,
  );
}
