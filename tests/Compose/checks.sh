# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with ../compose.sh
# What is to hold in the running composition. Part of ../compose.sh.

# Of the profile `observability` only what there is an image for: of Grafana there is no stand-in.
services='postgres rabbitmq passwords migrate rights worker gateway prometheus'
servers='postgres rabbitmq worker gateway prometheus'
[ -z "${GRAFANA_IMAGE:-}" ] || services="$services grafana" servers="$servers grafana"
load=3000
# The services that are asked; in the cluster (cluster.sh) they change.
primary=postgres broker=rabbitmq

# ---- looking --------------------------------------------------------------------------------

id_of() { servers_compose 20 ps -q "$1"; }

state_of() { # SERVICE FORMAT
    docker inspect -f "$2" "$(docker ps -aq --filter "label=com.docker.compose.project=$servers_project" \
        --filter "label=com.docker.compose.service=$1")"
}

is_healthy() { [ "$(state_of "$1" '{{.State.Health.Status}}')" = healthy ]; }

gets_healthy() { servers_await "waiting for $1" 180 $$ is_healthy "$1"; }

# From inside, over the socket, as superuser.
sql() { docker exec "$(id_of "$primary")" psql -qtAX -v ON_ERROR_STOP=1 -U postgres -d reversal -c "$1"; }

# As a role, with its password, over TCP from another container's point of view.
sql_as() { # ROLE SQL
    docker exec -e PGPASSWORD="$(cat "$state/secrets/postgres/$1")" "$(id_of postgres)" \
        psql -qtAX -v ON_ERROR_STOP=1 -h postgres -U "$1" -d reversal -c "$2"
}

is_denied() { # ROLE SQL
    local answer
    if ! answer=$(sql_as "$1" "$2" 2>&1); then
        case $answer in *'permission denied'* | *'must be owner'*) return 0 ;; esac
    fi
    echo "$1: $2: $answer"
    return 1
}

address() { # USER
    echo "amqp://$1:$(cat "$state/secrets/rabbitmq/$1")@127.0.0.1:$(servers_compose_port "$broker")/%2F"
}

traffic() { # VERB USER ARGUMENT…
    /usr/bin/python3 "$here/Compose/traffic.py" "$1" "$(address "$2")" "${@:3}"
}

# ---- facts ----------------------------------------------------------------------------------

# Of each process in the containers the kernel says who it is and what it may do.
contained() { # SERVICE
    local pid status files line seen=''
    for pid in $(docker top "$(id_of "$1")" -eo pid | tail -n +2); do
        # One that has ended meanwhile was a health check.
        { status=$(<"/proc/$pid/status") && files=$(<"/proc/$pid/mountinfo"); } 2>/dev/null || continue
        ! grep -q '^Uid:[[:space:]]0[[:space:]]' <<<"$status" || { echo "process $pid is root"; return 1; }
        for line in 'CapEff 0*' 'CapBnd 0*' 'NoNewPrivs 1' 'Seccomp 2'; do
            grep -q "^${line% *}:[[:space:]]*${line#* }\$" <<<"$status" ||
                { echo "process $pid is not held: expected $line"; return 1; }
        done
        grep -Eq '^[0-9]+ [0-9]+ [0-9:]+ / / ro[, ]' <<<"$files" ||
            { echo "the files of process $pid can be written"; return 1; }
        seen=yes
    done
    [ -n "$seen" ] || { echo "no process of $1 was seen"; return 1; }
}

ended_well() { [ "$(state_of "$1" '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 0' ]; }

demo() { # SERVICE PAID
    local said
    said=$(servers_compose 120 run --rm -T "$1" 2>&1) || { echo "$said"; return 1; }
    echo "$said"
    [[ $said == *'"rc":"SUCCESS"'* && $said == *"paid_amount $2 "* ]]
}

worker_keeps_to_its_role() {
    local forbidden
    [ "$(sql "SELECT string_agg(DISTINCT usename, ' ') FROM pg_stat_activity
              WHERE client_addr IS NOT NULL AND usename <> 'postgres'")" = reversal_worker ] || return 1
    for forbidden in 'DELETE FROM reversals.reversal' 'DELETE FROM billing.payment' 'TRUNCATE reversals.event' \
        'UPDATE billing.bill SET total_amount = 1' 'SELECT * FROM reversals.quarantine' \
        'ALTER TABLE billing.bill DROP COLUMN name' 'CREATE TABLE reversals.mine ()' \
        'CREATE TABLE public.mine ()' 'CREATE TEMPORARY TABLE mine ()'; do
        is_denied reversal_worker "$forbidden" || return 1
    done
}

upstream_only_publishes() {
    local allowed
    allowed=$(traffic allowed upstream 2>&1) && [ -z "$allowed" ] || { echo "$allowed"; return 1; }
}

users_are_ours() {
    local users
    users=$(docker exec "$(id_of rabbitmq)" rabbitmqctl -q --no-table-headers list_users | cut -f1 | sort | xargs)
    echo "$users"
    [ "$users" = 'demo ops reversal-gateway reversal-operator reversal-worker upstream' ]
}

# The specification's example, which the demo has had applied: the same answer once more.
gateway_answers() { # PATH
    local body answer
    body='{"payment_ref":"1234567890","amount":10000,"reference_id":"abcRef13456789",'
    body+='"virtual_account":"1234567890","channel":"bank_name","prefix":"857399"}'
    answer=$(curl -sS -m 20 "http://127.0.0.1:${GATEWAY_PORT:-8090}$1" -H "Signature: $(printf %s "$body" |
        openssl dgst -sha256 -hmac "$(cat "$state/secrets/worker/Clients__demo__ApiKeys__0")" -r | cut -d' ' -f1)" \
        -H 'Content-Type: application/json' --data-binary "$body") || { echo "$answer"; return 1; }
    echo "$answer"
    [[ $answer == '{"rc":"SUCCESS",'* && $answer == *'"paid_amount":0,'* ]]
}

# Of the container's settings none is a password of the database, and it cannot even find the database.
gateway_knows_no_database() {
    [ -z "$(docker inspect -f '{{range .Mounts}}{{println .Destination}}{{end}}' "$(id_of gateway)" |
        grep -i postgres)" ] &&
        [ "$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' \
            "$(id_of gateway)" | grep -c database)" = 0 ]
}

gateway_only_publishes() {
    local allowed
    allowed=$(traffic allowed reversal-gateway 2>&1) && [ -z "$allowed" ] || { echo "$allowed"; return 1; }
}

# Names of services resolve only within a common network.
networks_are_apart() {
    ! docker exec "$(id_of rabbitmq)" getent hosts postgres &&
        ! docker exec "$(id_of postgres)" getent hosts rabbitmq
}

# Everything that prometheus.yml names is asked, and answers.
prometheus_sees_all() {
    local targets
    targets=$(docker exec "$(id_of prometheus)" promtool query instant http://127.0.0.1:9090 up) &&
        echo "$targets" && grep -q 'job="reversal-worker"' <<<"$targets" &&
        grep -q 'job="reversal-gateway"' <<<"$targets" &&
        grep -q 'job="rabbitmq-queues"' <<<"$targets" && ! grep -qv '=> 1 @' <<<"$targets"
}

# Nothing that was printed, and nothing that the engine tells, has a password or a key in it.
secrets_stay_secret() {
    local file secret
    {
        servers_compose 60 logs --no-color && docker inspect $(servers_compose 20 ps -q) && cat "$log" &&
            for file in $images; do docker history --no-trunc "$file" || return 1; done
    } >"$state/printed" 2>&1 || return 1
    for file in "$state"/secrets/{postgres/*,rabbitmq/*,worker/Clients*,worker/Events*,grafana} \
        "$state"/secrets/cluster/{replicator,erlang_cookie}; do
        secret=$(cat "$file")
        ! grep -qF -- "$secret" "$state/printed" || { echo "printed: $file"; return 1; }
    done
}

seed_load() {
    sql "WITH bill AS (
             INSERT INTO billing.bill (client_id, hash, va_number, invoice_number, type, name, customer_name,
                                       total_amount, billed_amount, paid_amount, status, valid_until)
             SELECT 'demo', 'load-' || n, lpad(n::text, 16, '9'), 'load-' || n, 'open', 'load', 'nobody',
                    10, 10, 10, 'active', now() + interval '1 day'
             FROM generate_series(1, $load) AS n
             RETURNING id, hash, va_number)
         INSERT INTO billing.payment (bill_id, client_id, payment_ref, va_number, channel, amount)
         SELECT id, 'demo', hash, va_number, 'bank', 10 FROM bill"
}

has_answered() { # COUNT
    [ "$(sql "SELECT count(*) FROM reversals.reversal WHERE reference_id LIKE 'reverse-%'")" -ge "$1" ]
}

outbox_is_empty() { [ "$(sql 'SELECT count(*) FROM reversals.outbox')" = 0 ]; }

# In the middle of the load everything is stopped, as the engine does it: TERM, the grace period, KILL.
stops_within_its_grace() {
    local sender service
    seed_load && traffic tap demo || return 1
    traffic send upstream "$state/secrets/worker/Clients__demo__ApiKeys__0" 1 $load &
    sender=$!
    servers_await 'waiting for the load' 60 $$ has_answered $((load / 4)) || return 1
    servers_compose 60 stop worker && wait $sender && servers_compose 150 stop || return 1
    for service in $servers; do
        case "$(state_of "$service" '{{.State.ExitCode}} {{.State.OOMKilled}}')" in
            '0 false') ;;
            *) echo "$service ended with $(state_of "$service" '{{.State.ExitCode}}')"; return 1 ;;
        esac
    done
}

begins_again_without_loss() {
    servers_compose 300 up -d $services || return 1
    for service in $servers; do gets_healthy "$service" || return 1; done
    is_applied_once $load
}

# Of the load so much, and of each the amount.
is_applied_once() { # COUNT
    servers_await 'waiting for the rest of the load' 60 $$ has_answered "$1" &&
        servers_await 'waiting for the outbox' 30 $$ outbox_is_empty || return 1
    [ "$(sql "SELECT count(*), sum(amount) FROM reversals.reversal WHERE reference_id LIKE 'reverse-%'")" = \
        "$1|$(($1 * 10)).00" ] &&
        [ "$(sql "SELECT sum(paid_amount) FROM billing.bill WHERE hash LIKE 'load-%'")" = "$(((load - $1) * 10)).00" ]
}

# Events come at least once, each signed; each reference has its one event.
subscriber_heard_all() {
    local all different references signed
    read -r all different references signed < <(traffic heard demo "$state/secrets/worker/Events__SigningKey")
    echo "heard $all events, $different different, of $references references; $signed signed"
    [ "$all" -ge $load ] && [ "$different" = $load ] && [ "$references" = $load ] && [ "$signed" = "$all" ]
}

nothing_is_left() {
    servers_compose 120 down -v --remove-orphans -t 5 && docker rmi -f $images || return 1
    local kind
    for kind in container volume network; do
        [ -z "$(docker $kind ls -q --filter "label=com.docker.compose.project=$servers_project")" ] || return 1
    done
}

check_all() {
    local service
    for service in $servers; do fact "$service is healthy" gets_healthy "$service"; done
    for service in passwords migrate rights; do fact "$service ended well" ended_well "$service"; done
    for service in $servers; do
        fact "$service is nobody, may nothing and cannot write its files" contained "$service"
    done
    fact 'the demo is applied and answered' demo demo 0.00
    fact 'the demo can be asked again' demo demo 0.00
    fact 'the worker signs in as reversal_worker and cannot delete, change or make' worker_keeps_to_its_role
    fact 'upstream publishes requests and nothing else' upstream_only_publishes
    fact 'the gateway answers POST /reversal with what was decided' gateway_answers /reversal
    fact 'and POST /reversal/preview with what would be' gateway_answers /reversal/preview
    fact 'the gateway has no password of the database and no way to it' gateway_knows_no_database
    fact 'the gateway publishes requests and reads nothing of others' gateway_only_publishes
    fact 'the broker has the users of the definitions and no guest' users_are_ours
    fact 'broker and database cannot reach each other' networks_are_apart
    fact 'Prometheus sees the worker, the broker and its queues' \
        servers_await 'waiting for Prometheus' 60 $$ prometheus_sees_all
    fact 'everything stops within its grace under load' stops_within_its_grace
    fact 'it begins again, and every request is applied once' begins_again_without_loss
    fact 'the subscriber heard of each, signed' subscriber_heard_all
    fact 'no password and no key is printed anywhere' secrets_stay_secret
    fact 'nothing is left after the end' nothing_is_left
}
