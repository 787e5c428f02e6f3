SELECT t.holder, t.since
FROM reversals.oldest_transaction() t
