# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with ../servers.sh
# A PostgreSQL of our own, from the installed packages. Part of ../servers.sh.

servers_pg_home=''      # its folder
servers_pg_pid=''
servers_pg_settings=''  # further lines for its postgresql.conf, from the caller

# The newest version whose folder has the server and not only the client.
servers_pg_bin() {
    local folder newest=''
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -V); do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then newest=$folder; fi
    done
    echo "${newest:-$(dirname "$(command -v initdb || echo /)")}"
    [ -n "$newest" ] || command -v initdb >/dev/null
}

# The eighth line of its pid file is how PostgreSQL tells pg_ctl.
servers_pg_ready() {
    [ "$(sed -n 8p "$servers_pg_home/data/postmaster.pid" 2>/dev/null | tr -d ' ')" = ready ]
}

servers_pg_export() { # PORT USER PASSWORD
    ConnectionStrings__Postgres="Host=127.0.0.1;Port=$1;Username=$2;Password=$3;Database=reversal"
    export ConnectionStrings__Postgres
}

servers_pg_private() {
    local bin log=$servers_data/postgres.log as=() port try password
    servers_pg_bin >/dev/null || servers_install "$servers_data/apt.log" postgresql || return 1
    bin=$(servers_pg_bin) ||
        servers_fail 'finding initdb' '' 'install the PostgreSQL server package' || return 1
    servers_pg_home=$servers_data/postgres
    mkdir -m 700 "$servers_pg_home"
    if [ "$(id -u)" = 0 ]; then
        # PostgreSQL refuses to run as root, and its user may not be able to enter a folder below root's home.
        as=(setpriv --reuid=postgres --regid=postgres --init-groups)
        chown postgres: "$servers_pg_home"
        if ! "${as[@]}" ls "$servers_pg_home" >/dev/null 2>&1; then
            servers_pg_home=$(mktemp -d /tmp/reversal-postgres.XXXXXX)
            chown postgres: "$servers_pg_home"
        fi
    fi
    password=$(servers_random 24)
    printf '%s\n' "$password" >"$servers_pg_home/password"
    printf '%s\n' "127.0.0.1:*:*:reversal:$password" >"$servers_pg_home/pgpass"
    cat >"$servers_pg_home/pg_ctl" <<END
#!/bin/sh
cd / && exec ${as[*]} $bin/pg_ctl -D $servers_pg_home/data -l $servers_pg_home/server.log "\$@"
END
    chmod 700 "$servers_pg_home/pg_ctl"
    : >"$servers_pg_home/server.log"
    [ ${#as[@]} = 0 ] || chown -R postgres: "$servers_pg_home"
    ln -s "$servers_pg_home/server.log" "$log"

    servers_step 'creating a PostgreSQL cluster' "$log" "${as[@]}" "$bin/initdb" -D "$servers_pg_home/data" \
        -U reversal --pwfile="$servers_pg_home/password" --auth=scram-sha-256 --encoding=UTF8 --no-locale ||
        servers_fail 'creating a PostgreSQL cluster' "$log" 'see the log; is the disk full?' || return 1
    for try in 1 2 3; do
        port=$(servers_free_port)
        cat >>"$servers_pg_home/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 200
fsync = on
synchronous_commit = on
$servers_pg_settings
END
        servers_spawn "$log" "${as[@]}" "$bin/postgres" -D "$servers_pg_home/data"
        servers_pg_pid=$servers_pid
        if servers_await 'starting PostgreSQL' 60 "$servers_pg_pid" servers_pg_ready; then break; fi
        servers_stop "$servers_pg_pid" 10
        if [ $try = 3 ]; then servers_fail 'starting PostgreSQL' "$log" 'see the log'; return 1; fi
    done
    servers_step 'creating the database' "$log" env PGPASSFILE="$servers_pg_home/pgpass" "${as[@]}" \
        "$bin/createdb" -h 127.0.0.1 -p "$port" -U reversal reversal ||
        servers_fail 'creating the database' "$log" 'see the log' || return 1
    servers_pg_export "$port" reversal "$password"
    export SERVERS_PG_CTL=$servers_pg_home/pg_ctl
    servers_kind_postgres=private
    servers_say "- PostgreSQL $("$bin/postgres" -V | sed 's/[^0-9]*\([0-9.]*\).*/\1/') on port $port"
}

# A test may have restarted it, so the process in its own pid file counts, not only the one we started.
servers_pg_down() {
    [ -n "$servers_pg_home" ] || return 0
    if [ -s "$servers_pg_home/data/postmaster.pid" ]; then
        "$servers_pg_home/pg_ctl" stop -s -m fast -t 30 >/dev/null 2>&1 ||
            "$servers_pg_home/pg_ctl" stop -s -m immediate -t 10 >/dev/null 2>&1 || true
    fi
    [ -z "$servers_pg_pid" ] || servers_stop "$servers_pg_pid" 10
    rm -f "$servers_data/postgres.log"
    cp "$servers_pg_home/server.log" "$servers_data/postgres.log" 2>/dev/null || true
    rm -rf "$servers_pg_home"
    servers_pg_home='' servers_pg_pid=''
    unset SERVERS_PG_CTL
}
