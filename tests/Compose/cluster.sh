# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with ../compose.sh and checks.sh
# What is to hold in the profile `cluster`, also after the primary and a node of the broker were killed. What is done then
# is what ../../deploy/several-servers.md says. Part of ../compose.sh.

nodes='postgres-1 postgres-2 postgres-3 rabbitmq-1 rabbitmq-2 rabbitmq-3 worker-1 worker-2'

send_load() { # FIRST LAST
    traffic send upstream "$state/secrets/worker/Clients__demo__ApiKeys__0" "$1" "$2"
}

followed_by() { # COUNT
    [ "$(sql "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'quorum'")" = "$1" ]
}

commits_wait_for_standbys() { # COUNT
    servers_await 'waiting for standbys' 60 $$ followed_by "$1"
    [ "$(sql 'SHOW synchronous_standby_names')" = 'ANY 1 (postgres_1, postgres_2, postgres_3)' ] && followed_by "$1"
}

is_ready() { docker exec "$(id_of "$1")" /app/reversal-worker healthcheck ready; }

is_red() { [ "$(state_of "$1" '{{.State.Running}} {{.RestartCount}}')" = 'true 0' ] && ! is_ready "$1"; }

both_ready() { is_ready worker-1 && is_ready worker-2; }

check_is_content() {
    local worker
    for worker in worker-1 worker-2; do docker exec "$(id_of $worker)" /app/reversal-worker check || return 1; done
}

checks_are_content() {
    servers_await 'waiting for a check without a problem' 60 $$ check_is_content >/dev/null 2>&1 || check_is_content
}

# Its requests go on coming, and the broker takes them.
loses_its_primary() {
    local sender
    seed_load || return 1
    send_load 1 $((load / 2)) &
    sender=$!
    servers_await 'waiting for the load' 60 $$ has_answered $((load / 4)) || return 1
    servers_compose 30 kill "$primary" && wait $sender &&
        servers_await 'waiting for red' 30 $$ is_red worker-1 && servers_await 'waiting for red' 30 $$ is_red worker-2
}

received() { # SERVICE
    servers_compose 20 exec -T "$1" psql -qtAXc "SELECT pg_last_wal_receive_lsn() - '0/0'"
}

promotes_a_standby() {
    local two three
    two=$(received postgres-2) && three=$(received postgres-3) || return 1
    echo "received: $two and $three"
    if [ "$two" -ge "$three" ]; then primary=postgres-2; else primary=postgres-3; fi
    [ "$(servers_compose 60 exec -T "$primary" psql -qtAXc 'SELECT pg_promote()')" = t ]
}

goes_on() { # COUNT
    servers_await 'waiting for both workers' 60 $$ both_ready && is_applied_once "$1"
}

leader_of_requests() {
    docker exec "$(id_of "$broker")" rabbitmqctl -q --no-table-headers list_queues name leader |
        sed -n 's/^reversal-requested[[:space:]]*rabbit@//p'
}

loses_a_broker() {
    local sender
    lost=$(leader_of_requests)
    echo "the leader is $lost"
    for broker in rabbitmq-1 rabbitmq-2; do [ "$broker" = "$lost" ] || break; done
    send_load $((load / 2 + 1)) $load &
    sender=$!
    servers_await 'waiting for the load' 60 $$ has_answered $((load * 3 / 4)) || return 1
    servers_compose 30 kill "$lost" && wait $sender && goes_on $load
}

broker_comes_back() { servers_compose 30 start "$lost" && gets_healthy "$lost"; }

old_primary_follows() {
    servers_compose 30 rm -f postgres-1 && docker volume rm "${servers_project}_postgres-1" &&
        servers_compose 60 up -d --no-deps postgres-1 && gets_healthy postgres-1 && commits_wait_for_standbys 2
}

starts_again() {
    servers_compose 200 stop && servers_compose 600 up -d worker-1 worker-2 &&
        servers_await 'waiting for both workers' 120 $$ both_ready && is_applied_once $load && cluster_demo
}

cluster_demo() { demo cluster-demo 0.00; }

check_cluster() {
    local one
    primary=postgres-1 broker=rabbitmq-1
    for one in $nodes; do fact "$one is healthy" gets_healthy "$one"; done
    for one in roles standbys migrate rights; do fact "cluster-$one ended well" ended_well cluster-$one; done
    for one in $nodes; do fact "$one is nobody, may nothing and cannot write its files" contained "$one"; done
    fact 'a commit waits for one of two standbys' commits_wait_for_standbys 2
    fact 'a subscriber binds its queue' traffic tap demo
    fact 'the check of both workers finds nothing wrong, nor a queue with too few members' checks_are_content
    fact 'the demo is applied and answered' cluster_demo
    fact 'the primary is killed under load: requests are taken, and ready is red' loses_its_primary
    fact 'a standby is promoted as written' promotes_a_standby
    fact 'the other one follows it by itself' commits_wait_for_standbys 1
    fact 'the work goes on, and each request is applied once' goes_on $((load / 2))
    fact 'the node that leads the queue of requests is killed under load, and the work goes on' loses_a_broker
    fact 'the subscriber heard of each, signed' subscriber_heard_all
    fact 'the node comes back' broker_comes_back
    fact 'the old primary comes back as a standby, as written' old_primary_follows
    fact 'the check of both workers finds nothing wrong again' checks_are_content
    fact 'everything stops and starts again, with another primary than at first' starts_again
    fact 'no password and no key is printed anywhere' secrets_stay_secret
    fact 'nothing is left after the end' nothing_is_left
}
