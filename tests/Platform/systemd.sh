# shellcheck shell=bash disable=SC2154 # names are shared with ../platform.sh
# The units of deploy/systemd: what systemd says of them, whether what they start starts, and whether mistakes are found.

units=$servers_root/deploy/systemd
exposure=11   # of 100: what is left is the network, and memory that the runtime makes executable

# A machine with nothing on it but the units and programs of their names.
lay_root() { # ROOT
    local unit
    mkdir -p "$1"/etc/systemd/system "$1"/opt/reversal/{worker,gateway} "$1"/usr/lib/{systemd/system,sysusers.d,tmpfiles.d}
    cp /usr/lib/systemd/system/*.target "$1/usr/lib/systemd/system/"
    cp "$units"/*.service "$1/etc/systemd/system/"
    for unit in sysusers tmpfiles; do cp "$units/reversal.$unit.conf" "$1/usr/lib/$unit.d/reversal.conf"; done
    for unit in worker gateway; do
        printf '#!/bin/sh\n' >"$1/opt/reversal/$unit/reversal-$unit"
        chmod +x "$1/opt/reversal/$unit/reversal-$unit"
    done
}

# Silence is what counts: of a name that it does not know systemd only says so.
verified() { # ROOT UNIT
    systemd-analyze verify --root="$1" "$1/etc/systemd/system/$2" >"$state/verified" 2>&1 || { cat "$state/verified"; return 1; }
    cat "$state/verified"
    [ ! -s "$state/verified" ]
}

confined() { # ROOT UNIT
    systemd-analyze security --offline=yes --threshold=$exposure --root="$1" "$1/etc/systemd/system/$2" >"$state/exposed" 2>&1 ||
        { grep -E '✗|Overall' "$state/exposed"; return 1; }
}

said() { # ROOT UNIT NAME
    sed -n "s/^$3=//p" "$1/etc/systemd/system/$2"
}

# What systemd cannot know.
fits() { # ROOT UNIT
    local root=$1 unit=$2 who folder
    who=$(said "$root" "$unit" User) folder=$(said "$root" "$unit" Environment | sed -n 's/^SECRETS_DIR=//p')
    grep -q "^u $who " "$root/usr/lib/sysusers.d/reversal.conf" || { echo "nobody is called $who"; return 1; }
    grep -q "^d $folder *0750 root $who " "$root/usr/lib/tmpfiles.d/reversal.conf" || { echo "$folder is not for $who"; return 1; }
    [ -n "$(said "$root" "$unit" MemoryMax)" ] || { echo 'no limit of memory'; return 1; }
    [ "$(said "$root" "$unit" LimitCORE)" = 0 ] || { echo 'keys may be in a core dump'; return 1; }
    [ "$(said "$root" "$unit" ExecStart)" = "$(starts "$unit")" ] || { echo "it starts $(said "$root" "$unit" ExecStart)"; return 1; }
    [ "$(said "$root" "$unit" After)" = network-online.target ] || { echo 'it does not wait for the network'; return 1; }
    case $unit in
        *worker*) serves "$root" "$unit" worker && restarts "$root" "$unit" 45 ;;
        *gateway*) serves "$root" "$unit" gateway && restarts "$root" "$unit" 30 ;;
        *) [ "$(said "$root" "$unit" Before)" = reversal-worker.service ] && [ "$(said "$root" "$unit" Type)" = oneshot ] && [ "$(said "$root" "$unit" TimeoutStartSec)" = 2h ] ;;
    esac
}

starts() { # UNIT
    case $1 in
        *migrate*) echo '/opt/reversal/worker/reversal-worker migrate' ;;
        *worker*) echo '/opt/reversal/worker/reversal-worker run' ;;
        *) echo '/opt/reversal/gateway/reversal-gateway run' ;;
    esac
}

# It has the settings of its own program, and is there after the machine has started.
serves() { # ROOT UNIT PROGRAM
    [ "$(said "$1" "$2" EnvironmentFile)" = "-/etc/reversal/$3.env" ] || { echo 'it has the settings of another'; return 1; }
    [ "$(said "$1" "$2" WantedBy)" = multi-user.target ] || { echo 'nothing starts it with the machine'; return 1; }
}

# The README's commands put each file where it works, and its folders are those of the units.
paths_hold() { # README
    local path where
    while read -r path where; do
        grep -qE -- "$path +$where( |\$)" "$1" || { echo "$path does not come to $where"; return 1; }
    done <<'END'
reversal.sysusers.conf /usr/lib/sysusers.d/reversal.conf
reversal.tmpfiles.conf /usr/lib/tmpfiles.d/reversal.conf
reversal-\*.service /etc/systemd/system/
-o /opt/reversal/worker
-o /opt/reversal/gateway
END
    while read -r path; do
        grep -rqF -- "$path" "$units" --include='*.service' --include='*.conf' || { echo "no unit knows $path"; return 1; }
    done < <(grep -oE '/(etc|opt)/reversal/[a-z.]+' "$1" | sort -u)
    while read -r path; do
        [ -e "$units/$path.service" ] || { echo "there is no $path"; return 1; }
    done < <(grep -oE '\breversal-(worker|gateway|migrate[a-z]*|[a-z]+\.service)' "$1" | sed 's/\.service$//' | sort -u)
}

found_in_units_paper() { # SED
    sed "$1" "$units/README.md" >"$state/units.md"
    ! cmp -s "$units/README.md" "$state/units.md" && ! paths_hold "$state/units.md"
}

restarts() { # ROOT UNIT GRACE
    [ "$(said "$1" "$2" TimeoutStopSec)" -ge "$3" ] || { echo "it needs $3 s to stop"; return 1; }
    [ "$(said "$1" "$2" Restart) $(said "$1" "$2" StartLimitIntervalSec)" = 'always 0' ] || { echo 'it is given up'; return 1; }
    [ "$(said "$1" "$2" RestartPreventExitStatus)" = 2 ] || { echo 'wrong settings are tried again'; return 1; }
}

judged() { verified "$@" && confined "$@" && fits "$@"; }

made() { # ROOT
    systemd-sysusers --root="$1" && systemd-tmpfiles --root="$1" --create --prefix=/etc/reversal 2>/dev/null
    [ "$(stat -c %a "$1/etc/reversal/worker")" = 750 ] && grep -q '^reversal-gateway:' "$1/etc/passwd"
}

# The programs with the variables of the units; the secrets are in another folder, and the ports free here.
started() { # UNIT BINARY PORT-SETTING…
    local variables=() setting port health='' line
    while read -r line; do variables+=("$line"); done < <(said "$state/root" "$1" Environment)
    for setting in "${@:3}"; do
        port=$(servers_free_port)
        variables+=("$setting=$port")
        [ "$setting" != Health__Port ] || health=$port
    done
    becomes_live "$2" "$health" "${variables[@]}" "SECRETS_DIR=$state/unit-secrets"
}

# UNIT, what sed does to it
unit_mistakes=(
    'reversal-worker.service s/^TimeoutStopSec=45/TimeoutStopSec=20/'
    'reversal-worker.service s/^Restart=always/Restart=no/'
    'reversal-worker.service s/^StartLimitIntervalSec=0//'
    'reversal-worker.service s/^User=.*/User=reversals/'
    'reversal-worker.service s/^ExecStart=.*/ExecStart=\/opt\/reversal\/worker\/worker run/'
    'reversal-worker.service s/^NoNewPrivileges=yes//'
    'reversal-worker.service s/^ProtectSystem=/ProtectSytem=/'
    'reversal-worker.service s/^SystemCallFilter=.*//'
    'reversal-worker.service s/^LimitCORE=0//'
    'reversal-worker.service s/worker run$/worker check/'
    'reversal-worker.service s/^WantedBy=.*//'
    'reversal-gateway.service s/gateway.env/worker.env/'
    'reversal-gateway.service s/^After=.*//'
    'reversal-migrate.service s/worker migrate$/worker check/'
    'reversal-gateway.service s/^CapabilityBoundingSet=//'
    'reversal-gateway.service s/^TimeoutStopSec=30/TimeoutStopSec=soon/'
    'reversal-gateway.service s/SECRETS_DIR=.*/SECRETS_DIR=\/etc\/reversal\/worker/'
    'reversal-gateway.service s/^MemoryMax=.*//'
    'reversal-migrate.service s/^Type=oneshot/Type=once/'
    'reversal-migrate.service s/^User=.*//'
    'reversal-migrate.service s/^PrivateDevices=yes//'
)

check_systemd() {
    local unit mistake root=$state/root
    command -v systemd-analyze >/dev/null || servers_install "$log" systemd || { failed=$((failed + 1)); return 0; }
    lay_root "$root"
    for unit in reversal-worker reversal-gateway reversal-migrate; do
        fact "systemd finds nothing wrong with $unit" verified "$root" $unit.service
        fact "$unit is confined (exposure at most $exposure of 100)" confined "$root" $unit.service
        fact "$unit fits its program, its user and its secrets" fits "$root" $unit.service
        fact "the README explains $unit" grep -q "$unit" "$units/README.md"
    done
    fact 'the README puts each file where it works' paths_hold "$units/README.md"
    fact 'planted, and found: a folder that systemd does not read' found_in_units_paper 's/sysusers.d/sysuser.d/'
    fact 'planted, and found: programs that the units do not start' found_in_units_paper 's/-o .opt.reversal.gateway/-o \/opt\/reversals\/gateway/'
    fact 'planted, and found: settings that no unit reads' found_in_units_paper 's/reversal.worker.env/reversal\/workers.env/'
    fact 'users and folders can be made' made "$root"
    mkdir -p "$state/unit-secrets"
    printf 'Host=127.0.0.1;Port=1;Username=a;Password=b;Database=c' >"$state/unit-secrets/ConnectionStrings__Postgres"
    printf 'amqp://a:b@127.0.0.1:1/' >"$state/unit-secrets/ConnectionStrings__RabbitMq"
    printf 'a-key-of-a-test' >"$state/unit-secrets/Clients__demo__ApiKeys__0"
    fact 'the worker starts with what its unit sets' started reversal-worker.service "$worker" Health__Port
    rm "$state/unit-secrets/ConnectionStrings__Postgres"
    fact 'the gateway starts with what its unit sets' started reversal-gateway.service "$gateway" Health__Port Http__Port
    for mistake in "${unit_mistakes[@]}"; do
        unit=${mistake%% *}
        cp "$units/$unit" "$root/etc/systemd/system/$unit"
        sed -i "${mistake#* }" "$root/etc/systemd/system/$unit"
        fact "planted, and found: $mistake" planted "$root" "$unit"
        cp "$units/$unit" "$root/etc/systemd/system/$unit"
    done
    printf 'u reversal-worker - "Worker"\n' >"$root/usr/lib/sysusers.d/reversal.conf"
    fact 'planted, and found: a user is missing' not fits "$root" reversal-gateway.service
    sed -i 's/0750/0755/' "$root/usr/lib/tmpfiles.d/reversal.conf"
    fact 'planted, and found: a folder is open to everybody' not fits "$root" reversal-worker.service
}

planted() { # ROOT UNIT
    ! cmp -s "$units/$2" "$1/etc/systemd/system/$2" && ! judged "$@"
}
