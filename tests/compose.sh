#!/usr/bin/env bash
# Brings docker-compose.yml up as it is delivered, runs the demo through it, looks at what its containers may
# do, stops it under load, and takes it down again:
#
#   tests/compose.sh
#   tests/compose.sh cluster                    its profile `cluster`: kills the primary and a node of RabbitMQ
#   tests/compose.sh integration [ARGUMENT…]    the integration tests instead, on servers that Testcontainers
#                                               starts from the same images
#
# It takes the container engine that answers, else starts a private one (root). Where no registry answers, it
# makes stand-ins for the images first, once. The last line is `N passed, N failed`.
# Exit code 0: all passed; 1: some failed; 2: the run could not be made, and the line before says why.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"
# shellcheck source=tests/project.sh
. "$here/project.sh"
for part in engine checks cluster; do
    # shellcheck source=/dev/null
    . "$here/Compose/$part.sh"
done

state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-compose.XXXXXX")
log=$state/compose.log
# shellcheck source=tests/fact.sh
. "$here/fact.sh"

stop_everything() {
    local status=$?
    set +e
    trap '' INT TERM HUP
    [ -z "$servers_busy" ] || servers_stop "$servers_busy" 20
    servers_busy=''
    [ -z "$servers_project" ] || servers_compose_down
    engine_down
    if [ $status = 0 ] || [ $status -gt 128 ]; then rm -rf "$state"; else servers_say "logs: $state"; fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

servers_data=$state
servers_project=''
engine_up "$log" || exit 2

if [ "${1:-}" = integration ]; then
    shift
    servers_build "$state/build.log" tests/Integration || exit 2
    engine_images "$log" || exit 2
    unset ConnectionStrings__Postgres ConnectionStrings__RabbitMq SERVERS_RABBITMQCTL SERVERS_PG_CTL
    run_project Integration "$@"
    echo "$passed passed, $failed failed"
    [ $failed = 0 ] || exit 1
    exit 0
fi

# For every command that follows: one without it would leave what the profile started.
export COMPOSE_PROFILES=observability
wanted=$services build=(worker gateway) check=check_all
if [ "${1:-}" = cluster ]; then
    COMPOSE_PROFILES=cluster wanted='worker-1 worker-2' build=(worker) check=check_cluster
fi
/usr/bin/python3 -c 'import pika' 2>/dev/null || servers_install "$log" python3-pika || exit 2
(umask 022 && servers_secrets "$state/secrets") || exit 2
servers_project=reversal-$(servers_random 4)
WORKER_IMAGE=$servers_project-worker GATEWAY_IMAGE=$servers_project-gateway
export WORKER_IMAGE GATEWAY_IMAGE
images=$(printf "$servers_project-%s " "${build[@]}")
engine_images "$log" || exit 2
servers_step 'making the images' "$log" servers_compose 900 build "${build[@]}" &&
    servers_step 'bringing the composition up' "$log" servers_compose 900 up -d $wanted ||
    { servers_fail 'bringing the composition up' "$log" 'see the log'; exit 2; }

$check
exit_code=0
[ $failed = 0 ] || exit_code=1
[ $failed = 0 ] || servers_compose 60 logs --no-color >>"$log" 2>&1
echo "$passed passed, $failed failed"
exit $exit_code
