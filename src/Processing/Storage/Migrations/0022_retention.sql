-- When what is about a customer was taken out of a body: ids and amounts stay, so the books still agree and a
-- duplicate still gets its answer. Null: the body is as it was published, or as it came.
ALTER TABLE reversals.event ADD COLUMN anonymised_at timestamptz;
ALTER TABLE reversals.quarantine ADD COLUMN anonymised_at timestamptz;
