// Judges the contract's documents with public tools that know nothing of its types:
//
//   node check.mjs MODULES SCHEMAS [FILE.ndjson…]
//
// MODULES: the folder with node_modules. SCHEMAS: the folder of the documents. Each FILE has one event a line, as a
// subscriber heard it. Prints a line for each that fails, and `N passed, N failed` at the end.
import { createInterface } from 'node:readline';
import { createReadStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, folder, ...recorded] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'node_modules', 'x.js'));
const { Parser } = require('@asyncapi/parser');
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;

const here = path.dirname(new URL(import.meta.url).pathname);
const read = file => JSON.parse(readFileSync(file, 'utf8'));
const schemaOf = name => read(path.join(folder, `${name}.json`));
const names = ['reversal-requested', 'payment-reversed', 'reversal-rejected'];
let passed = 0, failed = 0;

function check(good, what, details = '') {
  if (good) { passed++; return; }
  failed++;
  if (failed <= 40) console.log(`  ${what}: ${typeof details === 'string' ? details : JSON.stringify(details)}`);
}

// As it is delivered, unknown words and fields are allowed; closed, only what this version writes.
function compile(schema, closed) {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: true });
  addFormats(ajv);
  ajv.addKeyword({ keyword: 'x-extensible-enum', validate: (words, value) => !closed || words.includes(value) });
  return ajv.compile(closed ? close(structuredClone(schema)) : schema);
}
function close(schema) {
  for (const one of objectsOf(schema)) if (!one.schema.anyOf) one.schema.additionalProperties = false;
  return schema;
}
// Every object with fields, and where it stands; not what a biller may store as it likes.
function objectsOf(schema, at = []) {
  if (!schema.properties) return [];
  return [{ schema, at }, ...Object.entries(schema.properties).flatMap(([name, one]) => objectsOf(one, [...at, name]))];
}
const inside = (value, at) => at.reduce((one, name) => one?.[name] ?? null, value);
const types = schema => [schema.type ?? []].flat();

// One mistake each, everywhere: a field left out, of another type, empty, against its rule, of another case.
function* mistakes(schema, example) {
  for (const { schema: object, at } of objectsOf(schema).filter(one => inside(example, one.at) !== null)) {
    for (const [name, field] of Object.entries(object.properties)) {
      const change = (what, make) => {
        const body = structuredClone(example);
        make(inside(body, at));
        return [`${[...at, name].join('.')} ${what}`, body];
      };
      const set = (what, value) => change(what, one => { one[name] = value; });
      if (object.required?.includes(name)) yield change('is missing', one => { delete one[name]; });
      if (types(field).length === 0) continue;
      if (!types(field).includes('array')) yield set('is a list', [1]);
      if (!types(field).includes('object')) yield set('is an object', {});
      if (!types(field).includes('string')) yield set('is a text', 'x');
      if (!types(field).includes('number') && !types(field).includes('integer')) yield set('is a number', 7);
      if (!types(field).includes('null')) yield set('is null', null);
      yield set('is a yes', true);
      if (field.pattern || field.const || field.format) yield set('breaks its rule', '\u0001?');
    }
  }
}

for (const name of names) {
  const schema = schemaOf(name), open = compile(schema, false), closed = compile(schema, true);
  const asyncapi = schemaOf('asyncapi');
  const message = Object.values(asyncapi.channels[name].messages)[0].$ref.split('/').pop();
  const example = asyncapi.components.messages[message].examples[0];
  check(open(example.payload) && closed(example.payload), `${name}: the example is refused`, open.errors ?? closed.errors);
  const headers = compile(asyncapi.components.messages[message].headers, true);
  check(headers(example.headers), `${name}: the example's headers are refused`, headers.errors);
  if (name === 'reversal-requested') {
    const { valid, invalid } = read(path.join(here, 'requests.json'));
    for (const one of valid) check(open(one), `${name}: refused`, one);
    for (const one of invalid) check(!open(one), `${name}: taken`, one);
    continue;
  }
  for (const [what, body] of mistakes(schema, example.payload)) check(!open(body), `${name}: taken although ${what}`);
  // Readers ignore what they do not know: a later field and a later word are taken, but not by the closed form.
  for (const { at } of objectsOf(schema)) {
    if (inside(example.payload, at) === null) continue;
    const later = structuredClone(example.payload);
    inside(later, at).later = { any: 1 };
    check(open(later) && !closed(later), `${name}: a later field at ${at.join('.')}`);
  }
  const word = { ...example.payload, reason: 'LATER', rc: 'BILLER_LATER' };
  check(open(word) && !closed(word), `${name}: a later word`);
}

const result = await new Parser().parse(readFileSync(path.join(folder, 'asyncapi.json'), 'utf8'));
const errors = result.diagnostics.filter(one => one.severity <= 1);
check(result.document && errors.length === 0, 'asyncapi.json', errors);
if (result.document) {
  check(result.document.version() === '3.0.0', 'the version of AsyncAPI');
  for (const name of names) check(result.document.channels().all().some(one => one.address() === name), `channel ${name}`);
  const broken = read(path.join(folder, 'asyncapi.json'));
  broken.channels['payment-reversed'].bindings.amqp.is = 'topic';
  const planted = await new Parser().parse(JSON.stringify(broken));
  check(planted.diagnostics.some(one => one.severity === 0), 'the parser did not see a planted mistake');
}

const kinds = { 'payment.reversal': 'payment-reversed', 'payment.reversal.rejected': 'reversal-rejected' };
const judges = Object.fromEntries(Object.entries(kinds).map(([kind, name]) =>
  [kind, [compile(schemaOf(name), false), compile(schemaOf(name), true)]]));
for (const file of recorded) {
  const seen = {};
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const event = JSON.parse(line);
    const bad = (judges[event.event] ?? []).find(judge => !judge(event));
    seen[event.reason] = (seen[event.reason] ?? 0) + 1;
    check(judges[event.event] && !bad, `an event of ${file}`, { errors: bad?.errors, event_id: event.event_id });
  }
  console.log(`  ${file}: ${Object.entries(seen).map(([reason, count]) => `${count} ${reason}`).join(', ') || 'no event'}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
