-- The role that standbys copy the primary with, and its password. For the profile cluster of docker-compose.yml.
\set replicator `cat /run/secrets/replicator`

SET log_min_error_statement = 'panic';
SET search_path = pg_catalog;

SELECT 'CREATE ROLE replicator LOGIN REPLICATION'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'replicator')
\gexec

ALTER ROLE replicator PASSWORD :'replicator';
