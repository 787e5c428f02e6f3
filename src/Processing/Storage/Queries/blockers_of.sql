SELECT b.pid, b.application, b.signed_in_as, b.state, b.since, b.holds FROM reversals.blockers_of($1::int) b
