"""Asks for a reversal and listens for its event. Debian: python3-pika; elsewhere: pip install pika."""
import hashlib, hmac, json, os, time, uuid
from decimal import Decimal
import pika

env = os.environ
seen, newest = set(), {}    # in a service: tables, changed in one transaction with what the event changes


def sign(body, key):
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def read(body, properties):
    signature = str((properties.headers or {}).get("Signature"))
    if not hmac.compare_digest(sign(body, env["EVENTS_KEY"]).encode(), signature.lower().encode()):
        return "forged"
    event = json.loads(body, parse_float=Decimal)   # no binary floats: amounts are money
    if event["event_id"] in seen:
        return f"duplicate {event['event_id']}"
    seen.add(event["event_id"])
    bill = event["data"] and event["data"]["hash"]
    if bill and event["bill_version"] < newest.get(bill, 0):
        return f"stale {event['event_id']}"         # the event counts, its snapshot of the bill is old
    if bill:
        newest[bill] = event["bill_version"]
    return f"{event['reason']} {event['reference_id']} {event['amount']} {event['event_id']}"


subscriber = pika.BlockingConnection(pika.URLParameters(env["SUBSCRIBER_URL"])).channel()
subscriber.queue_declare(env["QUEUE"], durable=True, arguments={"x-queue-type": "quorum"})
for exchange in "payment-reversed", "reversal-rejected":    # they are the worker's: bind, never declare
    subscriber.queue_bind(env["QUEUE"], exchange)

request = json.dumps({"payment_ref": env["PAYMENT_REF"], "reference_id": env["REFERENCE_ID"]}).encode()
mine = str(uuid.uuid4())
upstream = pika.BlockingConnection(pika.URLParameters(env["UPSTREAM_URL"])).channel()
upstream.confirm_delivery()     # with mandatory: raises when the broker refuses it or no queue gets it
upstream.basic_publish("reversal-requested", "", request, pika.BasicProperties(
    content_type="application/json", delivery_mode=2, correlation_id=mine, timestamp=int(time.time()),
    headers={"Client-Id": env["CLIENT_ID"], "Signature": sign(request, env["API_KEY"])}), mandatory=True)
upstream.connection.close()

for delivery, properties, body in subscriber.consume(env["QUEUE"]):
    print(read(body, properties), flush=True)
    subscriber.basic_ack(delivery.delivery_tag)
    if properties.correlation_id == mine:
        break
