# shellcheck shell=bash disable=SC2154 # names are shared with ../servers.sh
# The secret files that ../../docker-compose.yml mounts. Part of ../servers.sh.

servers_secret() { # FILE BYTES
    [ -s "$1" ] || servers_random "$2" >"$1"
}

# Writes the passwords and keys that are missing and keeps those that are there; what follows from them is
# written anew. The folder keeps others out; the files in it are readable because they are mounted into
# containers whose users are not this one.
servers_secrets() { # FOLDER
    local name mq
    mkdir -p "$1"/{postgres,rabbitmq,owner,worker,gateway,demo,cluster} && chmod 700 "$1" || return 1
    for name in postgres reversal_owner reversal_worker reversal_operator reversal_retention reversal_reader \
        reversal_biller; do
        servers_secret "$1/postgres/$name" 24
    done
    servers_secret "$1/worker/Clients__demo__ApiKeys__0" 32
    servers_secret "$1/worker/Events__SigningKey" 32
    servers_secret "$1/grafana" 24

    "$servers_root/deploy/rabbitmq/definitions.sh" "$1/rabbitmq" / demo >"$1/rabbitmq.json" || return 1
    for name in owner worker; do
        printf 'Host=postgres;Username=reversal_%s;Password=%s;Database=reversal' \
            $name "$(cat "$1/postgres/reversal_$name")" >"$1/$name/ConnectionStrings__Postgres"
    done
    for name in reversal-worker reversal-gateway demo; do
        mq=$(cat "$1/rabbitmq/$name")
        printf 'amqp://%s:%s@rabbitmq:5672/' $name "$mq" >"$1/${name#reversal-}/ConnectionStrings__RabbitMq"
    done
    # For the profile cluster: all servers instead of one.
    servers_secret "$1/cluster/replicator" 24
    servers_secret "$1/cluster/erlang_cookie" 24
    for name in owner worker; do
        sed 's/^Host=postgres;/Host=postgres-1,postgres-2,postgres-3;/' \
            "$1/$name/ConnectionStrings__Postgres" >"$1/cluster/${name}_postgres"
    done
    for name in worker demo; do
        sed 's/@rabbitmq:5672/@rabbitmq-1,rabbitmq-2,rabbitmq-3/' \
            "$1/$name/ConnectionStrings__RabbitMq" >"$1/cluster/${name}_rabbitmq"
    done
    find "$1" -type f -exec chmod 644 {} +
}
