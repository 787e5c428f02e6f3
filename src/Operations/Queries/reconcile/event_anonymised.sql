-- What was anonymised says nothing about a customer.
SELECT e.client_id, e.reference_id, e.event_id,
       'nothing about a customer' AS expected, 'a customer''s data' AS found, count(*) OVER () AS total
FROM reversals.event e
CROSS JOIN LATERAL (SELECT convert_from(e.body, 'UTF8')::json -> 'data' AS data OFFSET 0) AS bill
WHERE e.anonymised_at IS NOT NULL
  AND concat(bill.data ->> 'customer_name', bill.data ->> 'customer_email', bill.data ->> 'customer_phone',
      bill.data ->> 'customer_address', bill.data ->> 'description', bill.data ->> 'additional_data') <> ''
ORDER BY e.event_id
LIMIT $1::int
