SELECT reversals.try_commit()
