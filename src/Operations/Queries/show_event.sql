-- What an event is about.
SELECT e.client_id, e.reference_id, e.payment_ref FROM reversals.event e WHERE e.event_id = $1::uuid
