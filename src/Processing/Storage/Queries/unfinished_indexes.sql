-- Indexes that a build was interrupted at: nobody reads them, and everybody writes to them. Or such as are
-- being built right now: the server notices the end of a client only when it has something to say to it.
SELECT i.indexrelid::regclass::text, EXISTS (
    SELECT FROM pg_stat_progress_create_index p
    WHERE p.index_relid = i.indexrelid AND p.datname = current_database())
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'reversals'::regnamespace AND NOT i.indisvalid
