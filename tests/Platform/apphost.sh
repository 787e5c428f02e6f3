# shellcheck shell=bash disable=SC2154 # names are shared with ../platform.sh
# The application host for developers: its model, without starting it; and started, on a container engine.

# shellcheck source=tests/project.sh
. "$here/project.sh"
# shellcheck source=tests/Compose/engine.sh
. "$here/Compose/engine.sh"

check_apphost() {
    fact 'the application host builds' servers_build "$state/apphost.log" tests/AppHost
    run_project AppHost -class Reversals.Tests.AppHost.ModelTests
}

# What an engine keeps of those who started something; its own three networks are always there.
in_engine() { docker ps -aq --no-trunc && docker network ls -q --no-trunc && docker volume ls -q; }

engine_is_as_before() {
    in_engine >"$state/after" && diff "$state/before" "$state/after"
}

check_apphost-live() {
    fact 'the application host builds' servers_build "$state/apphost.log" tests/AppHost
    servers_data=$state
    engine_up "$log" && engine_images "$log" postgres rabbitmq || { failed=$((failed + 1)); return 0; }
    in_engine >"$state/before"
    # It builds the programs by itself; a build server would outlive this script.
    MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false run_project AppHost -class Reversals.Tests.AppHost.LiveTests
    fact 'no container, no network and no volume is left of it' engine_is_as_before
}
