-- Events of a time that need not wait to be heard any more: what stands in the outbox may not have been sent.
SELECT e.event_id, e.client_id, e.reference_id, e.occurred_at
FROM reversals.event e
WHERE e.occurred_at BETWEEN $1 AND $2
  AND NOT EXISTS (SELECT FROM reversals.outbox o WHERE o.event_id = e.event_id)
ORDER BY e.occurred_at
