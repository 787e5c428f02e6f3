# shellcheck shell=bash disable=SC2154 # names are shared with ../../deploy/servers.sh
# The newest Patroni that Debian has and that runs on this machine's Python. Part of ../chaos.sh.

# Sets PATRONI, the program, unless it is named already. What was fetched is kept, and unpacked anew for each run where
# PostgreSQL's own user can read it.
patroni_programs() { # LOG STATE_DIR
    local folder=${PATRONI_FOLDER:-$HOME/.cache/reversal-worker/patroni} missing=()
    # The distribution's own Patroni brings what a newer one imports.
    command -v patroni >/dev/null || missing+=(patroni)
    command -v etcd >/dev/null || missing+=(etcd-server)
    [ ${#missing[@]} = 0 ] || servers_install "$1" "${missing[@]}" || return 1
    if [ -n "${PATRONI:-}" ]; then
        command -v "$PATRONI" >/dev/null ||
            servers_fail "starting $PATRONI" '' 'let PATRONI name a program that is there'
        return
    fi
    if ! compgen -G "$folder/patroni_*.deb" >/dev/null; then
        servers_step 'fetching the newest Patroni' "$1" patroni_fetch "$folder" "$2/apt" ||
            servers_fail 'fetching the newest Patroni' "$1" \
                'let this machine reach a Debian mirror once, or name a Patroni of yours: PATRONI=/usr/bin/patroni' ||
            return 1
    fi
    dpkg-deb -x "$(printf '%s\n' "$folder"/patroni_*.deb | sort -V | tail -n 1)" "$2/patroni" || return 1
    export PATRONI=$2/patroni/usr/bin/patroni PYTHONPATH=$2/patroni/usr/lib/python3/dist-packages
}

# The first of these releases whose Patroni runs here. apt verifies it, with lists of our own in a folder of our own:
# those of the system stay as they are.
patroni_fetch() { # FOLDER WORK_DIR
    local mirror release releases=(sid trixie) work=$2
    # The mirror that this machine asks for its own packages.
    # shellcheck disable=SC2016 # apt puts it in
    mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' |
        sed -n 1p)}
    [ -n "$mirror" ] || { echo 'No mirror of Debian is known here; DEBIAN_MIRROR=<address> names one.'; return 1; }
    mkdir -p "$1" "$work"/{lists,cache/archives}/partial || return 1
    for release in "${releases[@]}"; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg target=Packages] $mirror $release main"
    done >"$work/sources.list"
    local get=(apt-get -o Acquire::Retries=3 -o APT::Sandbox::User=root -o "Dir::Etc::SourceList=$work/sources.list"
        -o Dir::Etc::SourceParts=- -o "Dir::State=$work" -o "Dir::Cache=$work/cache")
    "${get[@]}" update --error-on=any || return 1
    for release in "${releases[@]}"; do
        rm -rf "$work/tried" && mkdir "$work/tried" &&
            (cd "$work/tried" && "${get[@]}" download "patroni/$release" && dpkg-deb -x patroni_*.deb . &&
                patroni_runs "$work/tried") &&
            rm -f "$1"/patroni_*.deb && mv "$work"/tried/patroni_*.deb "$1" && rm -rf "$work" && return 0
    done
    echo 'None of them runs on the Python of this machine.'
    return 1
}

patroni_runs() { # FOLDER
    PYTHONPATH=$1/usr/lib/python3/dist-packages /usr/bin/python3 -c \
        'import patroni.__main__, patroni.api, patroni.ha, patroni.dcs.etcd3, patroni.postgresql, patroni.watchdog'
}
