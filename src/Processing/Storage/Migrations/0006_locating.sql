-- Whatever is called like something of the server's own, here it is the server's own.
SET LOCAL search_path = pg_catalog;

-- A key that the worker derived from a payment_ref holds for the payment it located: banks use a payment_ref
-- again. 0: the sender gave the key, or a worker of before derived it, which then holds for the row's
-- payment_id. -1: the sender gave a key that looks like a derived one.
ALTER TABLE reversals.reversal ADD COLUMN key_payment_id bigint NOT NULL DEFAULT 0;
ALTER TABLE reversals.reversal
    DROP CONSTRAINT reversal_pkey,
    ADD CONSTRAINT reversal_pkey PRIMARY KEY (client_id, reference_id, key_payment_id);

-- The window of a request whose timestamp is not credible is measured to its receipt.
ALTER TABLE reversals.pending ADD COLUMN received_at timestamptz NOT NULL DEFAULT now();

-- Asked again, a remembered request means what was paid until then. The worker needs this right at once.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reversal_worker') THEN
        GRANT UPDATE (sent_at) ON reversals.pending TO reversal_worker;
    END IF;
END
$$;

-- The payments each request may mean. Every list is a set of probes of one index; each probe reads only as
-- many rows as it takes to see that there are too many. A name that more than "most" payments fit has one row
-- without a payment; level and place say which name it is. On a VA ten times as many payments are looked at.
-- The names in the body are bound here and now: nothing that is created later is called instead. (EXECUTE:
-- the driver would cut such a body at its semicolons.)
DO $migration$
BEGIN
    EXECUTE $function$
CREATE FUNCTION reversals.locate(
    ref_clients text[], payment_refs text[],
    own_clients text[], reference_ids text[],
    va_clients text[], va_numbers text[], amounts numeric[], paid_until timestamptz[], most bigint)
RETURNS TABLE (payment_id bigint, bill_id bigint, level integer, place bigint)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN hit.hits <= most THEN hit.id END, CASE WHEN hit.hits <= most THEN hit.bill_id END,
           1, w.place
    FROM unnest(ref_clients, payment_refs) WITH ORDINALITY AS w (client_id, payment_ref, place)
    CROSS JOIN LATERAL (
        SELECT few.id, few.bill_id, count(*) OVER () AS hits, row_number() OVER () AS n
        FROM (
            SELECT p.id, p.bill_id FROM billing.payment p
            WHERE p.client_id = w.client_id AND p.payment_ref = w.payment_ref
            LIMIT most + 1
        ) AS few
    ) AS hit
    WHERE hit.hits <= most OR hit.n = 1
    UNION ALL
    SELECT CASE WHEN hit.hits <= most THEN hit.id END, CASE WHEN hit.hits <= most THEN hit.bill_id END,
           2, w.place
    FROM unnest(own_clients, reference_ids) WITH ORDINALITY AS w (client_id, reference_id, place)
    CROSS JOIN LATERAL (
        SELECT few.id, few.bill_id, count(*) OVER () AS hits, row_number() OVER () AS n
        FROM (
            SELECT p.id, p.bill_id FROM billing.payment p
            WHERE p.client_id = w.client_id AND p.reference_id = w.reference_id
            LIMIT most + 1
        ) AS few
    ) AS hit
    WHERE hit.hits <= most OR hit.n = 1
    UNION ALL
    SELECT CASE WHEN NOT hit.too_many THEN hit.id END, CASE WHEN NOT hit.too_many THEN hit.bill_id END,
           3, w.place
    FROM unnest(va_clients, va_numbers, amounts, paid_until)
        WITH ORDINALITY AS w (client_id, va_number, amount, paid_until, place)
    CROSS JOIN LATERAL (
        SELECT few.id, few.bill_id, few.fits, row_number() OVER () AS n,
               count(*) OVER () > 10 * most OR count(*) FILTER (WHERE few.fits) OVER () > most AS too_many
        FROM (
            SELECT p.id, p.bill_id,
                   "right"(p.va_number, length(w.va_number)) = w.va_number
                   AND p.reversed_amount < p.amount
                   AND p.paid_at <= w.paid_until
                   AND (w.amount IS NULL OR p.amount - p.reversed_amount = w.amount) AS fits
            FROM billing.payment p
            WHERE p.client_id = w.client_id AND "right"(p.va_number, 10) = "right"(w.va_number, 10)
            LIMIT 10 * most + 1
        ) AS few
    ) AS hit
    WHERE CASE WHEN hit.too_many THEN hit.n = 1 ELSE hit.fits END;
END
    $function$;
END
$migration$;

-- The one before, for workers that are still to be replaced: the same rows, its names bound as well.
DO $migration$
BEGIN
    EXECUTE $function$
CREATE OR REPLACE FUNCTION reversals.locate(
    ref_clients text[], payment_refs text[],
    own_clients text[], reference_ids text[],
    va_clients text[], va_numbers text[], amounts numeric[], most bigint)
RETURNS TABLE (payment_id bigint, bill_id bigint)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT p.id, p.bill_id
    FROM unnest(ref_clients, payment_refs) AS w (client_id, payment_ref)
    JOIN billing.payment p ON p.client_id = w.client_id AND p.payment_ref = w.payment_ref
    UNION ALL
    SELECT p.id, p.bill_id
    FROM unnest(own_clients, reference_ids) AS w (client_id, reference_id)
    JOIN billing.payment p ON p.client_id = w.client_id AND p.reference_id = w.reference_id
    UNION ALL
    SELECT fit.id, fit.bill_id
    FROM unnest(va_clients, va_numbers, amounts) AS w (client_id, va_number, amount)
    CROSS JOIN LATERAL (
        SELECT p.id, p.bill_id
        FROM billing.payment p
        WHERE p.client_id = w.client_id
          AND "right"(p.va_number, 10) = "right"(w.va_number, 10)
          AND "right"(p.va_number, length(w.va_number)) = w.va_number
          AND p.reversed_amount < p.amount
          AND (w.amount IS NULL OR p.amount - p.reversed_amount = w.amount)
        ORDER BY p.id
        LIMIT most
    ) AS fit;
END
    $function$;
END
$migration$;
