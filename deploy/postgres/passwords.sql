-- Makes the roles of roles.sql where they are missing, so that the first migrate can run as reversal_owner, and gives
-- each the password in the file of its name. For psql in the container of docker-compose.yml, before each migrate.
\set owner `cat /run/secrets/reversal_owner`
\set worker `cat /run/secrets/reversal_worker`
\set operator `cat /run/secrets/reversal_operator`
\set retention `cat /run/secrets/reversal_retention`
\set reader `cat /run/secrets/reversal_reader`
\set biller `cat /run/secrets/reversal_biller`

-- A statement that fails is not to be logged with the password in it.
SET log_min_error_statement = 'panic';

-- Nothing that another role has put into a schema is called by the superuser.
SET search_path = pg_catalog;

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[
    'reversal_owner', 'reversal_worker', 'reversal_operator', 'reversal_retention', 'reversal_reader',
    'reversal_biller']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE reversal_owner PASSWORD :'owner';
ALTER ROLE reversal_worker PASSWORD :'worker';
ALTER ROLE reversal_operator PASSWORD :'operator';
ALTER ROLE reversal_retention PASSWORD :'retention';
ALTER ROLE reversal_reader PASSWORD :'reader';
ALTER ROLE reversal_biller PASSWORD :'biller';

GRANT CREATE ON DATABASE reversal TO reversal_owner;
