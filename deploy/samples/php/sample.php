<?php // Asks for a reversal and listens for its event. Debian: php-amqplib; elsewhere: composer require it.
require getenv('AUTOLOAD') ?: 'PhpAmqpLib/autoload.php';
use PhpAmqpLib\{Connection\AMQPStreamConnection, Message\AMQPMessage, Wire\AMQPTable};

function channel(string $url) {
    $at = parse_url($url);
    return (new AMQPStreamConnection($at['host'], $at['port'] ?? 5672, urldecode($at['user']),
        urldecode($at['pass']), urldecode(substr($at['path'] ?? '', 1)) ?: '/'))->channel();
}

function read(AMQPMessage $message): string {
    static $seen = [], $newest = [];  // in a service: tables, changed in one transaction with the rest
    $body = $message->getBody();
    $headers = $message->get('application_headers')->getNativeData();
    $right = hash_hmac('sha256', $body, getenv('EVENTS_KEY'));
    if (!hash_equals($right, strtolower($headers['Signature'] ?? ''))) return 'forged';
    // Amounts become texts: they are money, and PHP's floats are binary.
    $body = preg_replace('/([{,]"(?:\w+_amount|amount|remaining)":)(-?[\d.]+)/', '$1"$2"', $body);
    $event = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
    if (isset($seen[$event['event_id']])) return "duplicate {$event['event_id']}";
    $seen[$event['event_id']] = true;
    $bill = $event['data']['hash'] ?? null;
    $isStale = $bill && $event['bill_version'] < ($newest[$bill] ?? 0);
    if ($isStale) return "stale {$event['event_id']}";  // the event counts, its snapshot of the bill is old
    if ($bill) $newest[$bill] = $event['bill_version'];
    return "{$event['reason']} {$event['reference_id']} {$event['amount']} {$event['event_id']}";
}

[$queue, $subscriber] = [getenv('QUEUE'), channel(getenv('SUBSCRIBER_URL'))];
$quorum = new AMQPTable(['x-queue-type' => 'quorum']);
$subscriber->queue_declare($queue, false, true, false, false, false, $quorum);
foreach (['payment-reversed', 'reversal-rejected'] as $exchange) $subscriber->queue_bind($queue, $exchange);

$body = json_encode(['payment_ref' => getenv('PAYMENT_REF'), 'reference_id' => getenv('REFERENCE_ID')]);
$mine = bin2hex(random_bytes(16));
$upstream = channel(getenv('UPSTREAM_URL'));
$upstream->confirm_select();
$upstream->set_nack_handler(fn () => throw new Exception('refused by the broker'));
$upstream->set_return_listener(fn () => throw new Exception('returned: no queue gets the request'));
$upstream->basic_publish(new AMQPMessage($body, ['content_type' => 'application/json', 'delivery_mode' => 2,
    'correlation_id' => $mine, 'timestamp' => time(), 'application_headers' => new AMQPTable([
        'Client-Id' => getenv('CLIENT_ID'), 'Signature' => hash_hmac('sha256', $body, getenv('API_KEY'))])]),
    'reversal-requested', '', true);
$upstream->wait_for_pending_acks_returns(10);
$subscriber->basic_consume($queue, '', false, false, false, false, function ($message) use ($mine) {
    echo read($message), "\n";
    $message->ack();
    if (($message->get_properties()['correlation_id'] ?? '') === $mine) exit(0);
});
while (true) $subscriber->wait();
