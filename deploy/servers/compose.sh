# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with ../servers.sh
# Both servers in containers, by ../../docker-compose.yml. Part of ../servers.sh.

servers_project=''      # the name of our composition

# The engine picks the published ports itself (0), so nothing collides with a composition that runs already.
servers_compose() { # SECONDS ARGUMENT…
    local limit=$1 command=(docker-compose)
    shift
    if docker compose version >/dev/null 2>&1; then command=(docker compose); fi
    env SECRETS_FOLDER="$servers_data/secrets" POSTGRES_PORT=0 RABBITMQ_PORT=0 RABBITMQ_MANAGEMENT_PORT=0 \
        HEALTH_PORT=0 PROMETHEUS_PORT=0 GRAFANA_PORT=0 HEALTH_PORT_1=0 HEALTH_PORT_2=0 \
        RABBITMQ_PORT_1=0 RABBITMQ_PORT_2=0 RABBITMQ_PORT_3=0 \
        timeout --foreground -k 5 "$limit" "${command[@]}" -p "$servers_project" \
        -f "$servers_root/docker-compose.yml" --project-directory "$servers_root" "$@"
}

servers_compose_answers() {
    command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1 &&
        { docker compose version || docker-compose version; } >/dev/null 2>&1
}

# The port on this machine. An engine that runs elsewhere publishes its ports there; that is of no use here.
servers_compose_port() { # SERVICE
    local port=5432
    [ "$1" = postgres ] || port=5672
    port=$(servers_compose 20 port "$1" $port 2>/dev/null) && port=${port##*:} &&
        servers_accepts "$port" && echo "$port"
}

servers_compose_usable() { # SERVICE
    local id
    id=$(servers_compose 20 ps -q "$1" 2>/dev/null) && [ -n "$id" ] &&
        [ "$(timeout 20 docker inspect -f '{{.State.Health.Status}}' "$id" 2>/dev/null)" = healthy ] &&
        servers_compose_port "$1" >/dev/null
}

servers_compose_start() { # SERVICE…
    local log=$servers_data/compose.log service
    servers_step 'getting and starting containers' "$log" servers_compose 600 up -d "$@" || return 1
    for service in "$@"; do
        servers_await "waiting for $service in its container" 90 $$ servers_compose_usable "$service" &&
            continue
        servers_compose 20 logs "$service" >>"$log" 2>&1
        return 1
    done
}

servers_compose_up() { # SERVICE…
    local service port password
    servers_compose_answers || return 1
    (umask 022 && servers_secrets "$servers_data/secrets") || return 1
    servers_project=reversal-$(servers_random 4)
    if ! servers_compose_start "$@"; then
        servers_say "- no containers for $* ($servers_data/compose.log); going on without them"
        servers_compose_down
        return 1
    fi
    for service in "$@"; do
        port=$(servers_compose_port "$service") || return 1
        servers_say "- $service in a container, on port $port"
        if [ "$service" = postgres ]; then
            servers_pg_export "$port" postgres "$(cat "$servers_data/secrets/postgres/postgres")"
            servers_kind_postgres=compose
        else
            SERVERS_RABBITMQCTL="docker exec -i $(servers_compose 20 ps -q rabbitmq) rabbitmqctl"
            export SERVERS_RABBITMQCTL
            password=$(servers_random 24)
            servers_compose_guest "$password" >>"$servers_data/compose.log" 2>&1 || return 1
            export ConnectionStrings__RabbitMq="amqp://reversal:$password@127.0.0.1:$port/"
            servers_kind_rabbitmq=compose
        fi
    done
}

# The composition's own users may do what their roles have to. Tests and demos want one who may do everything.
servers_compose_guest() { # PASSWORD
    # Read from stdin, so that it stands in no list of processes.
    $SERVERS_RABBITMQCTL add_user reversal <<<"$1" &&
        $SERVERS_RABBITMQCTL set_permissions -p / reversal '.*' '.*' '.*'
}

servers_compose_down() {
    [ -n "$servers_project" ] || return 0
    servers_compose 90 down -v --remove-orphans -t 3 >>"$servers_data/compose.log" 2>&1 ||
        servers_say "  containers of project $servers_project may be left: see $servers_data/compose.log"
    rm -rf "$servers_data/secrets"
    servers_project=''
    unset SERVERS_RABBITMQCTL
}
