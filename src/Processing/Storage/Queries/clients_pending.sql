-- How many requests of each client wait for their payment.
SELECT q.client_id, count(*) FROM reversals.pending q WHERE q.id > 0 GROUP BY q.client_id
