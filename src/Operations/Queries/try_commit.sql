SELECT reversals.try_commit() AS problem
