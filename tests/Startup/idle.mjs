// Lets each contestant stand idle in turn, and prints what that costs:
// node idle.mjs SECONDS NAME|FOLDER|VARIABLE=VALUE…
import { loadavg } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { contestant, middle, spent, start } from './worker.mjs';

const [seconds, ...rest] = process.argv.slice(2);
const portions = 3;
// What is compiled again after the start is not what standing idle costs.
const settle = 15_000;

console.log(`| | CPU ms/s over ${seconds} s, median of ${portions} | least | most | load |\n|---|---|---|---|---|`);
for (const one of rest.map(contestant)) {
  const worker = await start(one);
  await setTimeout(settle);
  const costs = [];
  for (let portion = 0; portion < portions; portion++) {
    const [before, began] = [spent(worker.pid), performance.now()];
    await setTimeout(Number(seconds) * 1000);
    costs.push(((spent(worker.pid) - before) * 1000) / (performance.now() - began));
  }
  await worker.stop();
  const figures = [middle(costs), Math.min(...costs), Math.max(...costs), loadavg()[0]];
  console.log(`| ${[one.name, ...figures.map(value => value.toFixed(1))].join(' | ')} |`);
}
