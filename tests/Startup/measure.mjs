// Starts each contestant in turn, asks /health/ready every few milliseconds, and prints a table in the end:
// node measure.mjs ROUNDS NAME|FOLDER|VARIABLE=VALUE…
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { contestant, middle, resident, spent, start } from './worker.mjs';

const [rounds, ...rest] = process.argv.slice(2);
const contestants = rest.map(one => ({ ...contestant(one), times: [], cpu: [], memory: [] }));

// One that does not become ready has no figures, and the others have theirs all the same.
async function measure(one) {
  if (one.problem) return;
  const worker = await start(one).catch(error => ((one.problem = error.message), null));
  if (!worker) return;
  one.times.push(worker.took);
  one.cpu.push(spent(worker.pid));
  one.memory.push(resident(worker.pid));
  await worker.stop();
}

// The first start of each fills the caches of the system and does not count.
for (let round = -1; round < Number(rounds); round++) {
  for (const one of contestants) {
    await measure(one);
    if (round < 0) ((one.times = []), (one.cpu = []), (one.memory = []));
  }
}
const whole = value => value.toFixed(0);
console.log(`${rounds} rounds, load ${loadavg()[0].toFixed(1)}\n`);
console.log(
  '| | exec → ready, median ms | quickest | slowest | CPU ms | RSS MiB | on disk MiB |\n|---|---|---|---|---|---|---|',
);
for (const one of contestants) {
  if (one.problem) {
    console.log(`| ${one.problem} | – | – | – | – | – | – |`);
    continue;
  }
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
