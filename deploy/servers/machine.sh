# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with ../servers.sh
# What a machine may lack: packages, the .NET SDK. Part of ../servers.sh.

servers_policy=''       # the policy-rc.d we put in place while packages are installed
servers_installing=''   # set while the package manager runs
# Installing a server's package starts its service; only the programs are wanted. A policy that is there
# already belongs to somebody and stays. Ours carries a mark, so that the leftover of a killed run is known.
servers_policy_add() {
    local file=/usr/sbin/policy-rc.d
    if [ -e $file ] && ! grep -q 'by reversal-worker' $file; then return 0; fi
    servers_policy=$file
    printf '%s\n' '#!/bin/sh' '# Kept here by reversal-worker while it installs packages.' 'exit 101' >$file
    chmod 755 $file
}

servers_policy_remove() {
    [ -z "$servers_policy" ] || rm -f "$servers_policy"
    servers_policy=''
}

servers_install() { # LOG PACKAGE…
    local log=$1 status=0 get=(apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
    shift
    local remedy="install $* (or what your system calls it) and run this again"
    if [ "$(id -u)" != 0 ]; then
        servers_fail "installing $*: only root can" '' "$remedy"
        return 1
    fi
    if ! command -v apt-get >/dev/null; then
        servers_fail "installing $*: there is no apt-get here" '' "$remedy"
        return 1
    fi
    # One installation at a time: apt's own lock does not cover the policy file.
    exec 8>/run/lock/reversal-worker-install
    flock -n 8 || servers_step 'waiting for another installation' "$log" flock -w 900 8 || true
    servers_policy_add
    servers_installing=yes
    # Without an update first, a machine whose lists are fresh needs no network for it.
    servers_step "installing $*" "$log" env DEBIAN_FRONTEND=noninteractive \
        "${get[@]}" install -y --no-install-recommends "$@" || status=$?
    if [ $status != 0 ]; then
        status=0
        servers_step 'refreshing the package lists' "$log" "${get[@]}" update || true
        servers_step "installing $*" "$log" env DEBIAN_FRONTEND=noninteractive \
            "${get[@]}" install -y --no-install-recommends "$@" || status=$?
    fi
    servers_installing=''
    servers_policy_remove
    exec 8>&-
    [ $status = 0 ] || servers_fail "installing $*" "$log" "$remedy"
}

# The programs of both servers, for who starts them himself.
servers_programs() { # LOG
    servers_pg_bin >/dev/null || servers_install "$1" postgresql || return 1
    [ -x "$servers_rabbit_bin/rabbitmq-server" ] || servers_install "$1" rabbitmq-server
}

# The folder of the SDK is told by itself: what is called dotnet on the PATH may be a script that leads to it.
servers_dotnet_root() {
    local line
    line=$(dotnet --list-sdks 2>/dev/null | grep '^10\.' | tail -n 1) && line=${line#*[} && line=${line%]} &&
        dirname "$line"
}

# Puts a .NET SDK 10 on the PATH, also one that sits where nobody's PATH leads to.
servers_dotnet() { # LOG
    local folder
    for folder in '' "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
        "${folder:+$folder/}dotnet" --list-sdks 2>/dev/null | grep -q '^10\.' || continue
        [ -z "$folder" ] || PATH=$folder:$PATH
        break
    done
    if ! servers_dotnet_root >/dev/null && ! servers_install "$1" dotnet-sdk-10.0; then
        servers_say '          the .NET SDK 10 is at https://dot.net; where it lands, DOTNET_ROOT has to point to'
        return 1
    fi
    DOTNET_ROOT=$(servers_dotnet_root)
    export PATH DOTNET_ROOT DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
}

# A Chromium for the tests of the page: the one that CHROMIUM names, or an installed one, or the package's.
servers_chromium() { # LOG
    local program
    for program in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
        if [ -n "$program" ] && [ -x "$program" ]; then
            export CHROMIUM=$program
            return 0
        fi
    done
    servers_install "$1" chromium
}

# Builds with the locked packages. Build servers would outlive the script, and two builds at once in one
# checkout would write the same files, so the second waits for the first.
servers_build() { # LOG PROJECT
    servers_dotnet "$1" || return 1
    servers_step "building $2" "$1" flock -o "$servers_root/deploy" \
        dotnet build "$servers_root/$2" -c Release --disable-build-servers -p:RestoreLockedMode=true ||
        servers_fail "building $2" "$1" 'read the errors above; restoring needs the package feed'
}
