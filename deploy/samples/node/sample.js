// Asks for a reversal and listens for its event. npm install amqplib
const { createHmac, randomUUID, timingSafeEqual } = require('node:crypto');
const amqp = require('amqplib');

const env = process.env;
const sign = (body, key) => createHmac('sha256', key).update(body).digest('hex');
const seen = new Set(), newest = new Map();   // in a service: tables, changed in one transaction with the rest

function read({ content, properties }) {
  const given = Buffer.from(String(properties.headers.Signature).toLowerCase());
  const right = Buffer.from(sign(content, env.EVENTS_KEY));
  if (given.length !== right.length || !timingSafeEqual(given, right)) return 'forged';
  // Amounts become texts: they are money, and JavaScript's numbers are binary floats.
  const event = JSON.parse(content.toString()
    .replace(/([{,]"(?:\w+_amount|amount|remaining)":)(-?[\d.]+)/g, '$1"$2"'));
  if (seen.has(event.event_id)) return `duplicate ${event.event_id}`;
  seen.add(event.event_id);
  const bill = event.data?.hash;
  // The event counts, its snapshot of the bill is old.
  if (bill && event.bill_version < (newest.get(bill) ?? 0)) return `stale ${event.event_id}`;
  if (bill) newest.set(bill, event.bill_version);
  return `${event.reason} ${event.reference_id} ${event.amount} ${event.event_id}`;
}

async function main() {
  const [up, down] = await Promise.all([amqp.connect(env.UPSTREAM_URL), amqp.connect(env.SUBSCRIBER_URL)]);
  const subscriber = await down.createChannel(), upstream = await up.createConfirmChannel();
  await subscriber.assertQueue(env.QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  for (const exchange of ['payment-reversed', 'reversal-rejected']) {   // the worker's: bind, never declare
    await subscriber.bindQueue(env.QUEUE, exchange, '');
  }
  const body = Buffer.from(JSON.stringify({ payment_ref: env.PAYMENT_REF, reference_id: env.REFERENCE_ID }));
  const mine = randomUUID();
  let returned = false;
  upstream.on('return', () => { returned = true; });
  upstream.publish('reversal-requested', '', body, {
    mandatory: true, persistent: true, contentType: 'application/json', correlationId: mine,
    timestamp: Math.floor(Date.now() / 1000),
    headers: { 'Client-Id': env.CLIENT_ID, Signature: sign(body, env.API_KEY) } });
  await upstream.waitForConfirms();   // throws when the broker refuses it
  if (returned) throw new Error('returned: no queue gets the request');
  await new Promise(done => subscriber.consume(env.QUEUE, message => {
    console.log(read(message));
    subscriber.ack(message);
    if (message.properties.correlationId === mine) done();
  }));
  await subscriber.close();           // after this the broker has the acknowledgements
  await Promise.all([up.close(), down.close()]);
}
main().catch(error => { console.error(error); process.exit(1); });
