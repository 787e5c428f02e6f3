SELECT b.pid, b.application, b.signed_in_as, b.state, b.since, b.holds
FROM reversals.blockers() b
ORDER BY b.since
