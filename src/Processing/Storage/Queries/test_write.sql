CALL reversals.test_write()
