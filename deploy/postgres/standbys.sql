-- From now on a commit of the primary waits until one of the others has it. The standbys have this setting from their
-- command; the server that was first cannot, as it makes its data before there is any standby.
ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (postgres_1, postgres_2, postgres_3)';
SELECT pg_reload_conf();
