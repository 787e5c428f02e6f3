-- The keys that protect the forms of the operator page, oldest first.
SELECT k.xml FROM reversals.page_key k ORDER BY k.id
