#!/usr/bin/env bash
# Makes stand-ins for the images of docker-compose.yml and deploy/Dockerfile, for a machine that can reach a Debian
# mirror and a package feed but no container registry:
#
#   deploy/images/make.sh [postgres|rabbitmq|prometheus|runtime|sdk]…      all, when none is named
#   docker compose --env-file deploy/images/stand-ins.env up -d --build
#
# They are Debian 13 with its own PostgreSQL 17, RabbitMQ 4 and Prometheus, and the .NET of this machine. An image
# that was made from the same things before is kept. Needed: root, a container engine, some minutes.
# DEBIAN_MIRROR=<address> names another mirror.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/servers.sh
. "$here/../servers.sh"
base=reversal-stand-in/debian:13
# By itself debootstrap asks the mirror that it knows for the release.
mirror=${DEBIAN_MIRROR:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/reversal-images.XXXXXX")
log=$work/make.log
# The classic builder: it needs no image of its own, and every engine has it.
export DOCKER_BUILDKIT=0

finish() {
    local status=$?
    [ -z "$servers_busy" ] || servers_stop "$servers_busy" 20
    servers_policy_remove
    if [ $status = 0 ] || [ $status -gt 128 ]; then rm -rf "$work"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

image_name() { # NAME
    sed -n "s/^${1^^}_IMAGE=//p" "$here/stand-ins.env"
}

# What an image is made of, as one number; it stays with the image as a label.
sources_of() { # NAME
    {
        cat "$here/$1".Dockerfile "$here/$1"-* 2>/dev/null || true
        case $1 in runtime | sdk) dotnet --version ;; esac
        case $1 in sdk) cat "$servers_root"/src/*/packages.lock.json ;; esac
    } | sha256sum | cut -c1-16
}

is_current() { # IMAGE SOURCES
    [ "$(docker image inspect -f '{{index .Config.Labels "made-from"}}' "$1" 2>/dev/null)" = "$2" ]
}

make_base() {
    ! docker image inspect "$base" >/dev/null 2>&1 || return 0
    command -v debootstrap >/dev/null || servers_install "$log" debootstrap || return 1
    servers_step "making $base" "$log" \
        debootstrap --variant=minbase trixie "$work/debian" ${mirror:+"$mirror"} &&
        rm -rf "$work"/debian/var/{cache/apt/archives/*.deb,lib/apt/lists/*} &&
        echo force-unsafe-io >"$work/debian/etc/dpkg/dpkg.cfg.d/in-images" &&
        tar -C "$work/debian" -c . | docker import - "$base" >>"$log" &&
        rm -rf "$work/debian" || servers_fail "making $base" "$log" 'the Debian mirror is needed; see the log'
}

# The packages that the lock files name, and what compiles ahead, in the layout of NuGet's own folder. The sources are copied, because a
# restore would leave the address of this folder in them.
collect_packages() { # FOLDER
    mkdir -p "$work/source" &&
        tar -C "$servers_root" --exclude=bin --exclude=obj -c src Directory.Build.props Directory.Packages.props \
            BannedSymbols.txt global.json .editorconfig | tar -C "$work/source" -x &&
        dotnet restore "$work/source/src/Worker" --locked-mode --packages "$1" --disable-build-servers -p:_IsPublishing=true
}

# The folder that the image is built from.
gather() { # NAME FOLDER
    mkdir -p "$2" && cp "$here/$1".Dockerfile "$2/Dockerfile"
    case $1 in
        postgres) cp "$here/postgres-entrypoint.sh" "$2" ;;
        runtime) mkdir "$2/dotnet" && cp -a "$DOTNET_ROOT"/{dotnet,host,shared} "$2/dotnet" ;;
        sdk) mkdir "$2/dotnet" && cp -a "$DOTNET_ROOT"/. "$2/dotnet" && collect_packages "$2/packages" ;;
    esac
}

make_image() { # NAME
    local image sources
    image=$(image_name "$1")
    sources=$(sources_of "$1")
    if is_current "$image" "$sources"; then return 0; fi
    # On the host's network, since an engine without a bridge to the mirror is what one has in such a place.
    servers_step "gathering what $image is made from" "$log" gather "$1" "$work/$1" &&
        servers_step "making $image" "$log" docker build --network host \
            --label "made-from=$sources" -t "$image" "$work/$1" &&
        rm -rf "${work:?}/$1" && servers_say "- $image" ||
        servers_fail "making $image" "$log" 'see the log'
}

[ $# -gt 0 ] || set -- postgres rabbitmq prometheus runtime sdk
for name in "$@"; do
    [ -n "$(image_name "$name")" ] || {
        echo "make.sh: no image called $name; there are: postgres rabbitmq prometheus runtime sdk" >&2
        exit 2
    }
done
docker version >/dev/null 2>&1 || servers_fail 'making images' '' 'start a container engine; none answers'
servers_dotnet "$log"
make_base
for name in "$@"; do make_image "$name"; done
