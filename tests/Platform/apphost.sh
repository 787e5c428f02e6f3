# shellcheck shell=bash disable=SC2154 # names are shared with ../platform.sh
# The application host for developers: its model, without starting it.
check_apphost() {
    fact 'the application host builds' servers_build "$state/apphost.log" tests/AppHost
    # shellcheck source=tests/project.sh
    . "$here/project.sh"
    run_project AppHost
}
