#!/usr/bin/env bash
# shellcheck disable=SC2034 # some names are for the parts in servers/ and for callers
# A PostgreSQL and a RabbitMQ for a demo or a test run. To be sourced:
#
#   . deploy/servers.sh
#   trap servers_down EXIT; trap 'exit 130' INT; trap 'exit 143' TERM
#   servers_up "$(mktemp -d)" || exit 1
#
# Each server is taken from the first of these that works, and servers_kind_postgres and
# servers_kind_rabbitmq tell which it was:
#   given    ConnectionStrings__Postgres or ConnectionStrings__RabbitMq is set already;
#   compose  a container engine answers and can have the images of docker-compose.yml;
#   private  instances of our own, from the distribution's packages, that nothing else knows of.
# SERVERS_USE=compose or SERVERS_USE=private leaves the other one out.
#
# Executed instead of sourced, it writes the secret files that docker-compose.yml wants: servers.sh [FOLDER]

servers_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
servers_kind='' servers_kind_postgres='' servers_kind_rabbitmq=''
# A job of a build server may have no home; .NET and NuGet want one.
export HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"
servers_data=''       # folder of this run, below the caller's state folder
servers_busy=''       # process of the step that runs right now

for servers_part in machine postgres rabbitmq secrets compose; do
    # shellcheck source=/dev/null
    . "$servers_root/deploy/servers/$servers_part.sh"
done

# ---- saying, waiting, stopping ------------------------------------------------------------

servers_say() { printf '%s\n' "$*" >&2; }

# A failure names the step, where to read on, and what to do about it.
servers_fail() { # STEP LOG REMEDY
    servers_say "FAILED: $1"
    if [ -s "$2" ]; then
        tail -n 15 "$2" | sed 's/^/  | /' >&2
        servers_say "  log:    $2"
    fi
    servers_say "  remedy: $3"
    return 1
}

# Starts a command in a process group of its own: Ctrl-C in the terminal then reaches only the script, which
# stops things in the right order, and one kill reaches the command with all its children. Sets servers_pid.
servers_spawn() { # LOG-OR-DASH COMMAND…
    local log=$1 flags=$-
    shift
    set -m
    if [ "$log" = - ]; then
        "$@" </dev/null &
    else
        "$@" >>"$log" 2>&1 </dev/null &
    fi
    servers_pid=$!
    case $flags in *m*) ;; *) set +m ;; esac
}

# Waits for a condition, aloud when it takes longer than a second; gives up when the process or the time ends.
servers_await() { # TEXT SECONDS PID COMMAND…
    local text=$1 limit=$2 pid=$3 began=$SECONDS next=1
    shift 3
    until "$@"; do
        kill -0 "$pid" 2>/dev/null || return 1
        [ $((SECONDS - began)) -lt "$limit" ] || return 1
        if [ $((SECONDS - began)) -ge "$next" ]; then
            servers_say "- $text, $((SECONDS - began)) s so far"
            next=$((next + 10))
        fi
        sleep 0.2
    done
}

servers_ended() { ! kill -0 "$1" 2>/dev/null; }

# Runs a step to its end in the background, so that a signal to the script is obeyed at once and not after it.
servers_step() { # TEXT LOG-OR-DASH COMMAND…
    local text=$1 status=0
    servers_spawn "${@:2}"
    servers_busy=$servers_pid
    servers_await "$text" 3600 "$servers_busy" servers_ended "$servers_busy" || true
    wait "$servers_busy" 2>/dev/null || status=$?
    servers_busy=''
    return $status
}

# TERM first, so that files are closed properly; KILL when the time is up. Reaches the whole process group.
servers_stop() { # PID SECONDS
    local end=$((SECONDS + $2))
    kill -TERM -- "-$1" 2>/dev/null || return 0
    while kill -0 -- "-$1" 2>/dev/null; do
        if [ $SECONDS -ge $end ]; then kill -KILL -- "-$1" 2>/dev/null || true; break; fi
        sleep 0.1
    done
    wait "$1" 2>/dev/null || true
}

servers_random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

servers_accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range that systems hand out to clients. Somebody can still be faster; callers try again then.
servers_free_port() {
    local port
    while :; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        servers_accepts "$port" || break
    done
    echo "$port"
}

# ---- the two that are called --------------------------------------------------------------

servers_up() { # STATE_DIR
    local wanted=() service mask
    case $1 in
        *[[:space:]]*)
            servers_fail "using $1" '' 'choose a state folder without blanks in its path'
            return 1
            ;;
    esac
    mkdir -p "$1" || return 1
    mask=$(umask)
    umask 077
    # A folder per call makes a second run, later or at the same time, safe in the same state folder.
    servers_data=$(mktemp -d "$(cd "$1" && pwd)/servers.XXXXXX") || return 1
    # PostgreSQL's own user has to pass through; it can list nothing, and the secret files are closed to it.
    chmod o+x "$1" "$servers_data"

    servers_kind_postgres=given servers_kind_rabbitmq=given
    [ -n "${ConnectionStrings__Postgres:-}" ] || wanted+=(postgres)
    [ -n "${ConnectionStrings__RabbitMq:-}" ] || wanted+=(rabbitmq)
    if [ ${#wanted[@]} -gt 0 ] && [ "${SERVERS_USE:-compose}" = compose ]; then
        ! servers_compose_up "${wanted[@]}" || wanted=()
    fi
    for service in "${wanted[@]}"; do
        if [ "${SERVERS_USE:-private}" != private ]; then
            servers_fail "starting $service in a container" "$servers_data/compose.log" \
                'see that the container engine runs and can get the images'
            umask "$mask"
            return 1
        fi
        case $service in
            postgres) servers_pg_private ;;
            rabbitmq) servers_rabbit_private ;;
        esac || { umask "$mask"; return 1; }
    done
    umask "$mask"
    servers_kind="postgres: $servers_kind_postgres, rabbitmq: $servers_kind_rabbitmq"
}

# Stops what servers_up started and only that. Calling it again, or in the middle of servers_up, does no harm.
servers_down() {
    # A package manager that is cut short leaves the machine's packages broken, so that one is waited for.
    if [ -n "$servers_busy" ] && [ -n "$servers_installing" ]; then
        servers_await 'letting the installation finish' 900 "$servers_busy" \
            servers_ended "$servers_busy" || true
    elif [ -n "$servers_busy" ]; then
        servers_stop "$servers_busy" 20
    fi
    servers_busy=''
    servers_policy_remove
    servers_rabbit_down
    servers_pg_down
    servers_compose_down
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    umask 022
    set -- "${1:-$servers_root/deploy/secrets}"
    servers_secrets "$1" && servers_say "secrets are in $1"
fi
