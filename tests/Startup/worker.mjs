// A worker as a process: started until it is ready, and what it has cost by then.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

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
export function spent(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export const resident = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

// NAME|FOLDER|VARIABLE=VALUE
export function contestant(text) {
  const [name, folder, setting] = text.split('|');
  return { name, folder, variables: setting ? Object.fromEntries([setting.split('=')]) : {} };
}

export async function start(one) {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(`${one.folder}/reversal-worker`, ['run'], {
    stdio: 'ignore',
    env: { ...process.env, ...one.variables, Health__Port: String(port) },
  });
  const ended = once(child, 'exit');
  while (!(await isReady(port))) {
    if (child.exitCode !== null || performance.now() - began > 60_000) {
      child.kill('SIGKILL');
      throw new Error(`${one.name}: does not become ready`);
    }
    await setTimeout(3);
  }
  const took = performance.now() - began;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { pid: child.pid, took, stop };
}

export const middle = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
