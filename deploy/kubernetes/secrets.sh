#!/usr/bin/env bash
# Writes the Secrets of the manifests as a folder for Kustomize. Values that are there stay; addresses and connection
# strings are written anew when hosts are given.
#
#   deploy/kubernetes/secrets.sh FOLDER [POSTGRES_HOST RABBITMQ_HOST [VHOST]]
#
# Without hosts: those of the overlay operators. FOLDER holds passwords and keys: keep it out of every repository.
# FOLDER/rabbitmq has a password for each user; a file that you add, named like a subscriber or an upstream of yours, becomes
# one too. Secrets that only an operator reads are made for servers by operators alone.
# For servers that are there already, put the password of their superuser into FOLDER/superuser/password, and give
# RabbitMQ the users with `deploy/rabbitmq/definitions.sh FOLDER/rabbitmq VHOST subscriber`.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,/^set /{/^#/p}' "$0" >&2; exit 2; }
hosts=$([ $# -gt 1 ] && echo given || echo kept)
folder=$1 postgres=${2:-reversal-postgres-rw} rabbitmq=${3:-reversal-rabbitmq} vhost=${4:-reversals}
users=(upstream reversal-worker reversal-gateway reversal-operator subscriber ops)
# Those that passwords.sql gives a password.
mapfile -t roles < <(sed -n 's/.*`cat .run.secrets.\([a-z_]*\)`.*/\1/p' \
    "$(dirname "${BASH_SOURCE[0]}")/../postgres/passwords.sql")

# What stays between two runs.
kept() { # FILE BYTES
    [ -s "$1" ] || od -An -N"$2" -tx1 /dev/urandom | tr -d ' \n' >"$1"
}

# What stays between two runs without hosts.
address() { # FILE
    if [ "$hosts" = given ] || [ ! -s "$1" ]; then cat >"$1"; else cat >/dev/null; fi
}

# A Secret with a key for each file of a folder, or for each that is named.
secret() { # NAME FOLDER [TYPE]
    printf '  - name: %s\n' "$1"
    [ -z "${3:-}" ] || printf '    type: %s\n' "$3"
    printf '    files:\n'
    local file
    for file in "$folder/$2"/*; do printf '      - %s/%s\n' "$2" "$(basename "$file")"; done
}

umask 077
mkdir -p "$folder"/{superuser,roles,owner,worker,gateway,clients,postgres-owner,rabbitmq,scaling,page}
for name in "${roles[@]}"; do kept "$folder/roles/$name" 24; done
for name in "${users[@]}"; do kept "$folder/rabbitmq/$name" 24; done
for file in "$folder"/rabbitmq/*; do
    [[ " ${users[*]} " == *" ${file##*/} "* ]] || users+=("${file##*/}")
done
# A client for the first try; for each of your own a file of this form.
[ -n "$(ls "$folder/clients")" ] || kept "$folder/clients/Clients__demo__ApiKeys__0" 32

printf %s "$postgres" | address "$folder/superuser/host"
[ -s "$folder/superuser/username" ] || printf postgres >"$folder/superuser/username"
kept "$folder/superuser/password" 24
printf reversal_owner >"$folder/postgres-owner/username"
cp "$folder/roles/reversal_owner" "$folder/postgres-owner/password"
for name in owner worker; do
    printf 'Host=%s;Username=reversal_%s;Password=%s;Database=reversal' \
        "$postgres" $name "$(cat "$folder/roles/reversal_$name")" | address "$folder/$name/ConnectionStrings__Postgres"
done
printf 'Host=%s;Username=reversal_operator;Password=%s;Database=reversal' \
    "$postgres" "$(cat "$folder/roles/reversal_operator")" | address "$folder/page/Page__Postgres"
for name in worker gateway; do
    printf 'amqp://reversal-%s:%s@%s:5672/%s' $name "$(cat "$folder/rabbitmq/reversal-$name")" "$rabbitmq" \
        "${vhost//\//%2F}" | address "$folder/$name/ConnectionStrings__RabbitMq"
done
printf 'http://ops:%s@%s:15672' "$(cat "$folder/rabbitmq/ops")" "$rabbitmq" | address "$folder/scaling/host"
# Servers by operators have these names.
by_operator() { # NAME ADDRESS-FILE
    grep -qE "(^|@)$1([.:]|\$)" "$2"
}

for name in "${users[@]}"; do
    mkdir -p "$folder/rabbitmq-users/$name"
    printf %s "$name" >"$folder/rabbitmq-users/$name/username"
    printf %s "$(cat "$folder/rabbitmq/$name")" >"$folder/rabbitmq-users/$name/password"
done

{
    echo '# Made by secrets.sh.'
    echo 'apiVersion: kustomize.config.k8s.io/v1beta1'
    echo 'kind: Kustomization'
    echo 'generatorOptions:'
    # Custom resources name these Secrets too, and a changed key needs no new pods.
    echo '  disableNameSuffixHash: true'
    echo '  labels: {cnpg.io/reload: "true"}'
    echo 'secretGenerator:'
    for name in worker gateway owner clients roles scaling page; do secret "reversal-$name" $name; done
    if by_operator reversal-postgres-rw "$folder/superuser/host"; then
        secret reversal-postgres-owner postgres-owner kubernetes.io/basic-auth
    else
        secret reversal-superuser superuser
    fi
    if by_operator reversal-rabbitmq "$folder/worker/ConnectionStrings__RabbitMq"; then
        for name in "${users[@]}"; do secret "rabbitmq-user-$name" "rabbitmq-users/$name"; done
    fi
} >"$folder/kustomization.yaml"
echo "$folder: Secrets for $(cat "$folder/superuser/host")"
