#!/usr/bin/env bash
# A standby of the profile cluster: copies the primary when it has no data yet, then follows it.
#
#   standby.sh NAME PRIMARY
set -euo pipefail

name=$1 primary=$2
export PGPASSFILE=${TMPDIR:-/tmp}/pgpass
(umask 077 && printf '*:*:*:replicator:%s\n' "$(tr -d '\r\n' </run/secrets/replicator)" >"$PGPASSFILE")
mkdir -p "$PGDATA"
chmod 700 "$PGDATA"
# A copy that was interrupted is begun again: only a whole one has this file, by a name that no copy of another has.
until [ -e "$PGDATA/$name.ready" ]; do
    find "$PGDATA" -mindepth 1 -delete
    if pg_basebackup -d "host=$primary user=replicator application_name=$name" -D "$PGDATA" \
        -R -X stream -c fast; then
        touch "$PGDATA/$name.ready"
    else
        sleep 2
    fi
done
exec postgres -c 'listen_addresses=*' -c max_connections=200 -c "cluster_name=$name" \
    -c hba_file=/sql/cluster_hba.conf \
    -c 'synchronous_standby_names=ANY 1 (postgres_1, postgres_2, postgres_3)'
