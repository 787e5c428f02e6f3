#!/usr/bin/env bash
# A server of the profile cluster: copies the primary when it has no data yet, then follows it. Whoever of the three is
# promoted, the others find it by themselves.
#
#   standby.sh NAME         a standby
#   standby.sh NAME first   makes the data when there is none and no other server is the primary
set -euo pipefail

name=$1
settings=(-c max_connections=200 -c "cluster_name=$name" -c hba_file=/sql/cluster_hba.conf)
export PGPASSFILE=${TMPDIR:-/tmp}/pgpass
(umask 077 && printf '*:*:*:replicator:%s\n' "$(tr -d '\r\n' </run/secrets/replicator)" >"$PGPASSFILE")
primary="host=postgres-1,postgres-2,postgres-3 target_session_attrs=primary connect_timeout=3"
primary+=" user=replicator application_name=$name"
mkdir -p "$PGDATA"
chmod 700 "$PGDATA"
# Whether another server is the primary. Without data one may be slower to start than this one, so it gets time.
another_leads() {
    local try
    for try in {1..10}; do
        ! psql -qtAX -d "$primary dbname=reversal" -c 'SELECT' >/dev/null 2>&1 || return 0
        [ ! -s "$PGDATA/PG_VERSION" ] || break
        sleep 2
    done
    return 1
}

# Of a copy that was interrupted there is a backup_label, of data of its own there is none.
if [ "${2:-}" = first ] && [ ! -e "$PGDATA/$name.ready" ] && [ ! -e "$PGDATA/backup_label" ]; then
    another_leads || exec docker-entrypoint.sh postgres "${settings[@]}"
    if [ -s "$PGDATA/PG_VERSION" ]; then
        echo "another server is the primary: remove the volume of $name, as deploy/several-servers.md says" >&2
        exit 1
    fi
fi
# A copy that was interrupted is begun again: only a whole one has this file, and no server has that of another.
until [ -e "$PGDATA/$name.ready" ]; do
    find "$PGDATA" -mindepth 1 -delete
    if pg_basebackup -d "$primary" -D "$PGDATA" -R -X stream -c fast; then
        find "$PGDATA" -maxdepth 1 -name '*.ready' -delete
        touch "$PGDATA/$name.ready"
    else
        sleep 2
    fi
done
exec postgres -c 'listen_addresses=*' "${settings[@]}" \
    -c 'synchronous_standby_names=ANY 1 (postgres_1, postgres_2, postgres_3)'
