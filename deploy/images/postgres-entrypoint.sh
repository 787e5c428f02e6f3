#!/usr/bin/env bash
# What the official image's entrypoint does with the variables and scripts that are used here, and no more.
# The first start makes the data folder, by a server that listens on its socket only.
set -euo pipefail

# The value of a variable, or what is in the file that VARIABLE_FILE names.
value() { # VARIABLE DEFAULT
    local file=$1_FILE
    if [ -n "${!file:-}" ]; then cat "${!file}"; else printf %s "${!1:-$2}"; fi
}

first_start() {
    local file
    POSTGRES_USER=$(value POSTGRES_USER postgres)
    POSTGRES_DB=$(value POSTGRES_DB "$POSTGRES_USER")
    POSTGRES_PASSWORD=$(value POSTGRES_PASSWORD '')
    export POSTGRES_USER POSTGRES_DB POSTGRES_PASSWORD
    [ -n "$POSTGRES_PASSWORD" ] || { echo 'set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE' >&2; exit 1; }

    # shellcheck disable=SC2086 # several words
    initdb -U "$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
    echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
    # The arguments may want a password on the socket too.
    export PGPASSWORD=$POSTGRES_PASSWORD
    pg_ctl -w -o "-c listen_addresses=''" start
    [ "$POSTGRES_DB" = postgres ] || createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
            *.sh) bash "$file" ;;
            *.sql) psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f "$file" ;;
        esac
    done
    pg_ctl -w -m fast stop
}

case ${1:-} in -*) set -- postgres "$@" ;; esac
if [ "${1:-}" = postgres ]; then
    # As the package has it, the server would listen on loopback only.
    set -- postgres -c 'listen_addresses=*' "${@:2}"
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    [ -s "$PGDATA/PG_VERSION" ] || (first_start)
fi
exec "$@"
