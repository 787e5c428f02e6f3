#!/usr/bin/env python3
"""The neighbours of the worker in the composition, for tests/compose.sh:

traffic.py send ADDRESS KEY-FILE FIRST LAST   an upstream service: requests for load-FIRST … load-LAST, confirmed
traffic.py tap ADDRESS              a subscriber: makes its queue
traffic.py heard ADDRESS KEY-FILE   empties it: how many events of the load, different events, different
                                    references, and how many of them the key has signed
traffic.py allowed ADDRESS          what of the forbidden this user may do; nothing, one hopes
"""
import hashlib
import hmac
import json
import sys

import pika
from pika.exceptions import ChannelClosedByBroker

TAP = "demo-tap"
EVENTS = ("payment-reversed", "reversal-rejected")


def send(channel, key_file, first, last):
    with open(key_file, "rb") as file:
        key = file.read()
    channel.confirm_delivery()
    for number in range(int(first), int(last) + 1):
        request = {"payment_ref": f"load-{number}", "amount": 10, "reference_id": f"reverse-{number}"}
        body = json.dumps(request).encode()
        headers = {"Client-Id": "demo", "Signature": hmac.new(key, body, hashlib.sha256).hexdigest()}
        properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, headers=headers)
        channel.basic_publish("reversal-requested", "", body, properties, mandatory=True)


def tap(channel):
    channel.queue_declare(TAP, durable=True, arguments={"x-queue-type": "quorum"})
    for exchange in EVENTS:
        channel.queue_bind(TAP, exchange)


def heard(channel, key_file):
    with open(key_file, "rb") as file:
        key = file.read()
    events, signed = [], 0
    for _, properties, body in channel.consume(TAP, auto_ack=True, inactivity_timeout=2):
        if body is None:
            break
        event = json.loads(body)
        # While nobody was bound, an earlier answer may have waited for this queue.
        if not (event["reference_id"] or "").startswith("reverse-"):
            continue
        events.append(event)
        signed += properties.headers.get("Signature") == hmac.new(key, body, hashlib.sha256).hexdigest()
    channel.cancel()
    different = {one["event_id"] for one in events}
    print(len(events), len(different), len({one["reference_id"] for one in events}), signed)


FORBIDDEN = {
    "read the requests": lambda channel: channel.basic_get("reversal-requested"),
    "consume the requests": lambda channel: channel.basic_consume("reversal-requested", lambda *_: None),
    "empty the queue of the requests": lambda channel: channel.queue_purge("reversal-requested"),
    "delete the queue of the requests": lambda channel: channel.queue_delete("reversal-requested"),
    "read the dead letters": lambda channel: channel.basic_get("reversal-requested-dead-letter"),
    "make a queue": lambda channel: channel.queue_declare("mine"),
    "make an exchange": lambda channel: channel.exchange_declare("mine", "fanout"),
    "publish an event": lambda channel: publish(channel, "payment-reversed", ""),
    "publish past the exchanges": lambda channel: publish(channel, "", "reversal-requested"),
}


def publish(channel, exchange, key):
    channel.confirm_delivery()
    channel.basic_publish(exchange, key, b"{}")


def allowed(channel):
    for what, action in FORBIDDEN.items():
        one = channel.connection.channel()
        try:
            action(one)
            print(what)
        except ChannelClosedByBroker as refusal:
            if refusal.reply_code != 403:
                print(f"{what}: {refusal}")


def main():
    verbs = {one.__name__: one for one in (send, tap, heard, allowed)}
    if len(sys.argv) < 3 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    connection = pika.BlockingConnection(pika.URLParameters(sys.argv[2]))
    verbs[sys.argv[1]](connection.channel(), *sys.argv[3:])
    connection.close()


main()
