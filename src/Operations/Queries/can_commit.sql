-- Whether this user is one who commits reversals, so that a try says something of the worker.
SELECT has_function_privilege(current_user, 'reversals.try_commit()', 'EXECUTE')
    AND has_table_privilege(current_user, 'reversals.reversal', 'INSERT')
