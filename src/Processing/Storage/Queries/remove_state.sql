DELETE FROM reversals.worker_state w WHERE w.worker = $1::text
