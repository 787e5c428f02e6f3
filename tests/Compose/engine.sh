# shellcheck shell=bash disable=SC2154 # names are shared with ../../deploy/servers.sh
# A container engine for a test, and images for it. Part of ../compose.sh and ../platform.sh.

engine_pid=''

# The one that answers, else a private one of our own that nothing else knows of. What it keeps, the images
# above all, stays for the next run. It needs root, the packages docker.io and docker-compose, and a kernel that
# has overlay, bridges and NAT.
engine_up() { # LOG
    local folder=${ENGINE_FOLDER:-$HOME/.cache/reversal-worker/engine}
    command -v docker >/dev/null || servers_install "$1" docker.io || return 1
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null ||
        servers_install "$1" docker-compose || return 1
    if ! timeout 10 docker info >/dev/null 2>&1; then
        if [ "$(id -u)" != 0 ]; then
            servers_fail 'starting a container engine: only root can' '' 'start one, or run this as root'
            return 1
        fi
        command -v dockerd >/dev/null || servers_install "$1" docker.io || return 1
        mkdir -p "$folder"
        exec 7>"$folder/lock"
        flock -n 7 || servers_step 'waiting for another test' "$1" flock -w 1800 7 || return 1
        # An address of the socket may have a hundred characters, so it is not in a folder of ours.
        servers_engine=$(mktemp -d /tmp/reversal-engine.XXXXXX)
        export DOCKER_HOST=unix://$servers_engine/docker.sock
        servers_spawn "$1" dockerd --host "$DOCKER_HOST" --data-root "$folder/data" \
            --exec-root "$servers_engine/exec" --pidfile "$servers_engine/pid"
        engine_pid=$servers_pid
        servers_await 'starting a container engine' 60 "$engine_pid" engine_answers ||
            servers_fail 'starting a container engine' "$1" \
                'see the log; the kernel must have overlay, bridges and NAT, and allow root to use them' ||
            return 1
    fi
    # For clients that do not ask the engine which version it speaks.
    DOCKER_API_VERSION=$(docker version -f '{{.Server.APIVersion}}')
    export DOCKER_API_VERSION
}

engine_answers() { docker info >/dev/null 2>&1; }

engine_down() {
    [ -n "$engine_pid" ] || return 0
    servers_stop "$engine_pid" 30
    engine_pid=''
    # An engine leaves the place mounted where its containers had their networks.
    umount -l "$servers_engine"/exec/netns/* 2>/dev/null
    rm -rf "$servers_engine"
    unset DOCKER_HOST DOCKER_API_VERSION
}

# The official images where a registry answers, else stand-ins; their names are exported.
engine_images() { # LOG [IMAGE-OF-MAKE.SH…]
    if servers_compose 300 pull -q postgres rabbitmq >>"$1" 2>&1; then return 0; fi
    servers_say '- no registry can be reached: with stand-ins for the images'
    servers_step 'making stand-ins' - "$servers_root/deploy/images/make.sh" "${@:2}" || return 1
    set -a
    # shellcheck source=deploy/images/stand-ins.env
    . "$servers_root/deploy/images/stand-ins.env"
    # Testcontainers would want an image of its own, only to tidy up after a test that was killed.
    TESTCONTAINERS_RYUK_DISABLED=true
    set +a
}
