#!/usr/bin/env bash
# Builds everything and runs the tests:
#
#   tests/run.sh                                    all of them but compose and the long runs
#   tests/run.sh unit                               those that need no server, in seconds
#   tests/run.sh integration -class 'Reversals.Tests.Integration.Outbox*'
#   tests/run.sh kubernetes platform                manifests, units and what a release is made of
#   tests/run.sh compose                            the composition in containers; see compose.sh
#
# Further arguments go to the test programs and scripts. PostgreSQL and RabbitMQ come from deploy/servers.sh: given ones,
# then containers, then private instances. The last line is `N passed, N failed`; a skipped test is a failed one.
set -euo pipefail

all=(Unit OpenApi Integration Contract Samples Observability Hostile Chaos Cluster Quickstart Kubernetes Platform Compose)
usual=(Unit OpenApi Integration Contract Samples Observability Hostile Chaos Cluster Quickstart Kubernetes Platform)
without_servers=' Unit OpenApi Contract Samples Observability Hostile Chaos Cluster Quickstart Kubernetes Platform Compose '

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"
# shellcheck source=tests/project.sh
. "$here/project.sh"

chosen=()
while [ $# -gt 0 ]; do
    case $1 in
        -*) break ;;
        *)
            name=$(printf '%s\n' "${all[@]}" | grep -ixF -- "$1") || {
                echo "tests/run.sh: no tests called $1; there are: ${all[*],,}" >&2
                exit 2
            }
            chosen+=("$name")
            shift
            ;;
    esac
done

state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-tests.XXXXXX")
# What the integration tests hear is judged by its schemas afterwards; the other half writes to the same folder.
export HEARD_EVENTS=${HEARD_EVENTS:-$state/heard}
mkdir -p "$HEARD_EVENTS"
: >"$state/failures"
passed=0 failed=0
second=''   # process of the other half of the integration tests

stop_everything() {
    local status=$?
    set +e
    trap '' INT TERM HUP
    [ -z "$second" ] || servers_stop "$second" 60
    servers_down
    if [ $status = 0 ] || [ $status -gt 128 ]; then rm -rf "$state"; fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# A script that brings its own servers and ends with `N passed, N failed`.
run_script() { # NAME ARGUMENT…
    local name=$1 script=${1,,} log=$state/$1.log status=0
    shift
    # One script knows both runs.
    if [ "$name" = Cluster ]; then script=chaos && set -- cluster "$@"; fi
    servers_down
    run_shown "$log" env -u ConnectionStrings__Postgres -u ConnectionStrings__RabbitMq \
        -u SERVERS_RABBITMQCTL -u SERVERS_PG_CTL RUN_BUILT=yes bash "$here/$script.sh" "$@" || status=$?
    add_last_line "$name" "$log" $status
}

# What a script counted itself, in its last line.
add_last_line() { # NAME LOG STATUS
    local summary
    summary=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$2" | tail -n 1) || summary='0 passed, 1 failed'
    if [ "$3" != 0 ] && [[ $summary = *', 0 failed' ]]; then
        servers_say "  $1 ended with status $3"
        failed=$((failed + 1))
    fi
    passed=$((passed + ${summary%% *}))
    summary=${summary#*, }
    failed=$((failed + ${summary%% *}))
    failures_in "$2" >>"$state/failures"
}

# The names on a broker are fixed, so tests that share one come one after the other, and they wait more than they
# work. Half of the classes therefore run beside the others, on private servers of their own.
run_halves() { # NAME
    local name=$1 log=$state/$1.second.log status=0 class place=0 here_run=() there_run=()
    while read -r class; do
        if [ $((place++ % 2)) = 0 ]; then here_run+=(-class "$class"); else there_run+=(-class "$class"); fi
    done < <("$servers_root/tests/$name/bin/Release/net10.0/Reversals.Tests.$name" -noColor -list classes |
        grep -o "Reversals\.Tests\.$name\.[A-Za-z0-9_.]*Tests\$" | grep -v '\.SampleTests$')
    servers_spawn "$log" env -u ConnectionStrings__Postgres -u ConnectionStrings__RabbitMq \
        -u SERVERS_RABBITMQCTL -u SERVERS_PG_CTL SERVERS_USE=private RUN_BUILT=yes \
        bash "$here/run.sh" "${name,,}" "${there_run[@]}"
    second=$servers_pid
    run_project "$name" "${here_run[@]}"
    servers_await 'running the other half' 3600 "$second" servers_ended "$second" || true
    wait "$second" 2>/dev/null || status=$?
    second=''
    cat "$log"
    add_last_line "$name" "$log" $status
}

# Servers of its own, whose broker has metrics, and a Prometheus to watch them.
prepare_observability() {
    servers_down
    unset ConnectionStrings__Postgres ConnectionStrings__RabbitMq
    command -v promtool >/dev/null || servers_install "$state/apt.log" prometheus || return 1
    SERVERS_USE=private SERVERS_RABBITMQ_METRICS=yes servers_up "$state"
}

if [ -n "${RUN_BUILT:-}" ] || servers_build "$state/build.log" Worker.sln; then
    [ ${#chosen[@]} -gt 0 ] || chosen=("${usual[@]}")
    for name in "${chosen[@]}"; do
        case $without_servers in
            *" $name "*) ;;
            *) [ -n "$servers_kind" ] || servers_up "$state" || { failed=$((failed + 1)); break; } ;;
        esac
        # Without them the tests of the page, and of the pooler, fail and say what they lack.
        [ "$name" != Integration ] || servers_chromium "$state/apt.log" || true
        [ "$name" != Integration ] || command -v pgbouncer >/dev/null ||
            servers_install "$state/apt.log" pgbouncer || true
        [ "$name" != Observability ] || prepare_observability || { failed=$((failed + 1)); break; }
        if [ "$name" = Contract ]; then
            mapfile -t heard < <(find "$HEARD_EVENTS" -name '*.ndjson')
            case " ${chosen[*]} ${#heard[@]} " in
                *' Integration '*' 0 ') servers_say 'the integration tests left no event'; failed=$((failed + 1)) ;;
            esac
            run_script "$name" "$@" "${heard[@]}"
        elif [ -x "$here/${name,,}.sh" ] || [ "$name" = Cluster ]; then
            run_script "$name" "$@"
        elif [ "$name $# $servers_kind" = 'Integration 0 postgres: private, rabbitmq: private' ]; then
            run_halves "$name"
        elif [ "$name $#" = 'Integration 0' ]; then
            # samples.sh runs these, once it has what they need.
            run_project "$name" -class- Reversals.Tests.Integration.SampleTests
        else
            run_project "$name" "$@"
        fi
    done
else
    failed=1
fi
# Nothing is said after the last line, so what could still speak comes before it.
servers_down
if [ $failed != 0 ]; then
    cat "$state/failures"
    servers_say "logs: $state"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
