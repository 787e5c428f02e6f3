-- An index that a build was interrupted at: nobody reads it, and everybody writes to it. Or one that is being
-- built right now: the server notices the end of a client only when it has something to say to it.
SELECT EXISTS (
    SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS is_being_built
FROM pg_index i
WHERE i.indexrelid = to_regclass(@Index) AND NOT i.indisvalid
