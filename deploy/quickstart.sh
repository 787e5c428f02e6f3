#!/usr/bin/env bash
# From a checkout to one reversal on the screen: servers, build, migrate, worker with its page, gateway, demo, and
# the same request as a `curl` that can be copied.
#
#   deploy/quickstart.sh           stays up afterwards; Ctrl-C stops everything
#   deploy/quickstart.sh --once    stops everything itself and ends with 0
#
# STATE_DIR=<folder> keeps logs and settings there; otherwise they are in a new temporary folder, so that any
# number of runs can be at it at once. Progress goes to stderr, what the demo has to show to stdout.
set -euo pipefail

case "${1:-}" in
    '' | --once) once=${1:-} ;;
    *) echo "usage: deploy/quickstart.sh [--once]" >&2; exit 2 ;;
esac
[ $# -le 1 ] || { echo "usage: deploy/quickstart.sh [--once]" >&2; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/servers.sh
. "$here/servers.sh"
umask 077
state=${STATE_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/reversal-worker.XXXXXX")}
mkdir -p "$state"
state=$(cd "$state" && pwd)
settings=$state/quickstart.env
key_file=$state/demo.key
pgpass=$state/pgpass
worker=$servers_root/src/Worker/bin/Release/net10.0/reversal-worker
gateway=$servers_root/src/Gateway/bin/Release/net10.0/reversal-gateway
worker_pid='' gateway_pid=''

# The gateway first, so that nobody asks any more; then the worker, while it can still finish and confirm what it
# has taken.
stop_everything() {
    local status=$?
    set +e
    trap '' INT TERM HUP
    [ -z "$worker_pid$servers_data" ] || servers_say '- stopping'
    [ -z "$gateway_pid" ] || servers_stop "$gateway_pid" 20
    [ -z "$worker_pid" ] || servers_stop "$worker_pid" 35
    servers_down
    rm -f "$settings" "$key_file" "$pgpass"
    if [ -z "${STATE_DIR:-}" ] && { [ $status = 0 ] || [ $status -gt 128 ]; }; then
        rm -rf "$state"
    else
        servers_say "logs: $state"
    fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# 0 when GET http://127.0.0.1:PORT/PATH answers 200.
answers_200() { # PORT PATH
    local line=''
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
    read -r -t 5 line <&3 || true
    exec 3<&-
    case $line in *' 200'*) return 0 ;; *) return 1 ;; esac
}
is_ready() { (answers_200 "$Health__Port" /health/ready && answers_200 "$Page__Port" /) 2>/dev/null; }
gateway_is_ready() { (answers_200 "$gateway_health" /health/ready) 2>/dev/null; }

# The specification's example. It was applied a moment ago: the answer is the same, with `Replayed: true`.
print_call() {
    local body='{"payment_ref":"1234567890","amount":10000,"reference_id":"abcRef13456789",'
    body+='"virtual_account":"1234567890","channel":"bank_name","prefix":"857399"}'
    cat <<END
curl -sS -i http://127.0.0.1:$gateway_port/reversal \\
    -H 'Content-Type: application/json' -H 'Accept: application/json' \\
    -H 'Signature: $(printf %s "$body" | "$worker" sign --client demo)' \\
    --data-binary '$body'
END
}

# psql of the database that was made here. It asks for the password of any other user than its own.
print_psql() {
    local port user password
    [[ $ConnectionStrings__Postgres =~ Port=([^;]+)\;Username=([^;]+)\;Password=([^;]+) ]]
    port=${BASH_REMATCH[1]} user=${BASH_REMATCH[2]} password=${BASH_REMATCH[3]}
    printf '127.0.0.1:%s:*:%s:%s\n' "$port" "$user" "$password" >"$pgpass"
    printf 'psql() { PGHOST=127.0.0.1 PGPORT=%s PGUSER=%s PGDATABASE=reversal' "$port" "$user"
    printf ' PGPASSFILE=%q command psql "$@"; }\n' "$pgpass"
}

servers_build "$state/build.log" src/Worker || exit 1
servers_build "$state/build.log" src/Gateway || exit 1
servers_up "$state" || exit 1

Clients__demo__ApiKeys__0=$(servers_random 32)
Events__SigningKey=$(servers_random 32)
Health__Port=$(servers_free_port)
Page__Port=$(servers_free_port)
Page__Actions=true
# A slash at the end names an empty virtual host for many AMQP clients.
ConnectionStrings__RabbitMq=${ConnectionStrings__RabbitMq%/}
names=(ConnectionStrings__Postgres ConnectionStrings__RabbitMq Clients__demo__ApiKeys__0 Events__SigningKey
    Health__Port Page__Port Page__Actions)
export "${names[@]}"
{
    for name in "${names[@]}"; do printf 'export %s=%q\n' "$name" "${!name}"; done
    printf 'export PATH=%q:"$PATH"\n' "$(dirname "$worker")"
    [ "$servers_kind_postgres" = given ] || print_psql
    # For what a neighbour needs of this broker: deploy/neighbours.md.
    [ -z "${SERVERS_RABBITMQCTL:-}" ] || printf 'rabbitmqctl() { %s "$@"; }\n' "$SERVERS_RABBITMQCTL"
} >"$settings"
printf '%s\n' "$Clients__demo__ApiKeys__0" >"$key_file"

servers_step 'migrating the database' "$state/migrate.log" "$worker" migrate ||
    servers_fail 'migrating the database' "$state/migrate.log" 'see the log'

servers_spawn "$state/worker.log" "$worker" run
worker_pid=$servers_pid
servers_await 'waiting for the worker to be ready' 60 "$worker_pid" is_ready ||
    servers_fail 'starting the worker' "$state/worker.log" 'see the log'

servers_step 'asking for a reversal' - "$worker" demo ||
    servers_fail 'the demo' "$state/worker.log" 'see above and the log of the worker'

# Only the settings that it knows: it refuses a password of the database.
gateway_port=$(servers_free_port) gateway_health=$(servers_free_port)
servers_spawn "$state/gateway.log" env -u ConnectionStrings__Postgres -u Events__SigningKey \
    Http__Port="$gateway_port" Health__Port="$gateway_health" "$gateway" run
gateway_pid=$servers_pid
servers_await 'waiting for the gateway to be ready' 30 "$gateway_pid" gateway_is_ready ||
    servers_fail 'starting the gateway' "$state/gateway.log" 'see the log'

call=$(print_call)
printf '\nThe same request over HTTP:\n\n%s\n\n' "$call"
if command -v curl >/dev/null; then
    bash -c "$call" || servers_fail 'the request over HTTP' "$state/gateway.log" 'see the log'
    printf '\n'
fi

[ -z "$once" ] || exit 0
cat >&2 <<END

Up and listening ($servers_kind).
  operator page:    http://127.0.0.1:$Page__Port/
  POST /reversal:   http://127.0.0.1:$gateway_port/reversal
  health:           http://127.0.0.1:$Health__Port/health/ready
  AMQP URL:         $ConnectionStrings__RabbitMq
  client, key file: demo, $key_file
  environment:      . $settings
  then, with it:    reversal-worker demo      another payment, another reversal, another event
                    reversal-worker status    or --help
                    rabbitmqctl list_queues   of this broker, when the quickstart made it
                    psql                      of this database, when the quickstart made it
  logs:             $state/worker.log and others beside it
  stop:             Ctrl-C
END
wait "$worker_pid" || true
worker_pid=''
servers_fail 'the worker ended by itself' "$state/worker.log" 'see the log'
