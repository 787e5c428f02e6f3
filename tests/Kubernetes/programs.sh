# shellcheck shell=bash disable=SC2154 # names are shared with ../kubernetes.sh
# What only the real programs can tell of the manifests: a worker and a gateway that start with their settings, secrets and
# probes, a broker that takes their topology, and the README that somebody follows. Part of ../kubernetes.sh.

tried=$state/tried

# The commands of the README, with a kubectl that does nothing but render.
follow_readme() {
    mkdir -p "$tried/bin" && cp -r "$servers_root/deploy" "$tried/deploy"
    cat >"$tried/bin/kubectl" <<END
#!/bin/sh
echo "kubectl \$*" >>"$tried/said"
[ "\$1 \$2" != 'apply -k' ] || exec "$kubectl" kustomize "\$3" >>"$tried/applied"
END
    chmod +x "$tried/bin/kubectl"
    sed -n '/^```sh$/,/^```$/p' "$servers_root/deploy/kubernetes/README.md" | grep -v '^```' >"$tried/commands"
    fact 'the commands of the README run as they stand' \
        env -C "$tried" PATH="$tried/bin:$PATH" bash -euo pipefail "$tried/commands"
    fact 'and apply both' [ "$(grep -c 'apply -k my-cluster$\|apply -k .*my-example$' "$tried/said")" = 3 ]
}

check_files() {
    local file
    while read -r file; do
        fact "the README explains $file" grep -qF "\`$file\`" "$servers_root/deploy/kubernetes/README.md"
    done < <(cd "$servers_root/deploy/kubernetes" &&
        find . -type f ! -name README.md ! -path '*/base/kustomization.yaml' ! -path '*/operators/kustomization.yaml' ! -path '*/keda/kustomization.yaml' -printf '%P\n' | sort)
}

every_secret() { find "$1" -type f ! -name kustomization.yaml -print0 | sort -z | xargs -0 sha256sum; }

# A second run keeps what there is; and nobody else may read it.
check_secrets() {
    local secrets=$tried/my-cluster/secrets before
    before=$(every_secret "$secrets")
    fact 'secrets.sh runs again' "$tried/deploy/kubernetes/secrets.sh" "$secrets"
    fact 'and keeps every secret' [ "$before" = "$(every_secret "$secrets")" ]
    fact 'nobody else may read them' [ -z "$(find "$secrets" -perm /077 -print -quit)" ]
    fact 'none is in the repository' [ -z "$(find "$servers_root/deploy/kubernetes" -name 'secrets' -print -quit)" ]
}

# The files as Kubernetes lays them: each a link into a hidden folder that is replaced as a whole.
mount_secrets() { # FOLDER SOURCE…
    local file
    mkdir -p "$1/..data_1"
    cp "${@:2}" "$1/..data_1/" && ln -s ..data_1 "$1/..data"
    for file in "$1/..data_1"/*; do ln -s "..data/$(basename "$file")" "$1/$(basename "$file")"; done
}

# The variables of a Deployment, on ports that are free here. Sets variables and health.
variables_of() { # DEPLOYMENT SECRETS PORT-SETTING…
    local line setting port
    variables=() health=''
    while read -r line; do variables+=("$line"); done < <(node -e '
        const [, file, packages, name] = process.argv;
        const yaml = require(packages + "/node_modules/yaml");
        const one = yaml.parseAllDocuments(require("fs").readFileSync(file, "utf8")).map(each => each.toJS())
            .find(each => each.kind === "Deployment" && each.metadata.name === name);
        for (const { name, value } of one.spec.template.spec.containers[0].env) console.log(`${name}=${value}`);
        ' "$state/rendered/operators.yaml" "$folder" "$1")
    for setting in "${@:3}"; do
        port=$(servers_free_port)
        variables+=("$setting=$port")
        [ "$setting" != Health__Port ] || health=$port
    done
    variables+=("SECRETS_DIR=$2")
}

# Starts what a Deployment starts, with its settings, and asks what its probes ask.
start_program() { # DEPLOYMENT BINARY SECRETS PORT-SETTING…
    variables_of "$1" "${@:3}"
    becomes_live "$2" "$health" "${variables[@]}"
}

# As Kubernetes replaces the files of a Secret: another hidden folder, and one link that changes.
notices_new_key() {
    local status=0 secrets=$state/worker
    variables_of reversal-worker "$secrets" Health__Port Telemetry__PrometheusPort Page__Port
    goes_live "$worker" "$health" "${variables[@]}" || return 1
    cp -r "$secrets/..data_1" "$secrets/..data_2"
    printf 'another-key-of-a-test' >"$secrets/..data_2/Clients__demo__ApiKeys__0"
    ln -s ..data_2 "$secrets/..data_new" && mv -T "$secrets/..data_new" "$secrets/..data"
    servers_await 'waiting for the new key' 30 "$program" grep -q '"SettingsChanged"' "$state/live.log" || status=1
    stop_program
    [ $status = 0 ] || tail -n 5 "$state/live.log"
    return $status
}

check_programs() {
    local own=$tried/my-cluster/secrets
    programs_built || { failed=$((failed + 1)); return 0; }
    mount_secrets "$state/worker" "$own"/worker/* "$own"/clients/* "$own"/page/*
    mount_secrets "$state/gateway" "$own"/gateway/* "$own"/clients/*
    fact 'a worker starts with the settings of its Deployment and is live' \
        start_program reversal-worker "$worker" "$state/worker" Health__Port Telemetry__PrometheusPort Page__Port
    fact 'it takes a new key of a client when Kubernetes replaces the files' notices_new_key
    fact 'a gateway starts with the settings of its Deployment and is live' \
        start_program reversal-gateway "$gateway" "$state/gateway" Health__Port Telemetry__PrometheusPort Http__Port
    cp "$own/owner/ConnectionStrings__Postgres" "$state/gateway/..data_1/" &&
        ln -s ..data/ConnectionStrings__Postgres "$state/gateway/"
    fact 'planted: the gateway refuses a Secret with the password of the database' \
        not start_program reversal-gateway "$gateway" "$state/gateway" Health__Port Telemetry__PrometheusPort Http__Port
    fact 'and says that it is for this' grep -q 'ConnectionStrings:Postgres' "$state/live.log"
}

# A real broker takes the topology, and a worker finds nothing to make or to complain of.
check_broker() {
    judge "$state/topology.json"
    unset ConnectionStrings__RabbitMq
    ConnectionStrings__Postgres=unused SERVERS_USE=private servers_up "$state" || { failed=$((failed + 1)); return 0; }
    local address=${ConnectionStrings__RabbitMq%/}/reversals user
    user=${address#amqp://} user=${user%%:*}
    unset ConnectionStrings__Postgres
    fact 'a broker takes the topology' $SERVERS_RABBITMQCTL import_definitions "$state/topology.json"
    $SERVERS_RABBITMQCTL set_permissions -p reversals "$user" '.*' '.*' '.*' >>"$log" 2>&1
    fact 'and a worker finds it as it would make it' env ConnectionStrings__RabbitMq="$address" "$worker" topology diff
    $SERVERS_RABBITMQCTL delete_queue -p reversals reversal-requested >>"$log" 2>&1
    sed 's/"at-least-once"/"at-most-once"/' "$state/topology.json" >"$state/wrong.json"
    $SERVERS_RABBITMQCTL import_definitions "$state/wrong.json" >>"$log" 2>&1
    fact 'planted: another argument of a queue is found by the worker' \
        not env ConnectionStrings__RabbitMq="$address" "$worker" topology diff
    servers_down
}
