# shellcheck shell=bash disable=SC2034,SC2154 # names are shared with ../servers.sh
# A RabbitMQ of our own, from the installed packages. Part of ../servers.sh. It has the plugin
# rabbitmq_auth_mechanism_ssl, for tests that open a TLS port, and with SERVERS_RABBITMQ_METRICS set
# rabbitmq_prometheus too, at SERVERS_RABBITMQ_METRICS_ADDRESS.

servers_epmd_pid='' servers_rabbit_pid=''
servers_rabbit_bin=/usr/lib/rabbitmq/bin

servers_rabbit_booted() { grep -qs 'Server startup complete' "$servers_data"/rabbitmq/log/*.log; }

servers_rabbit_private() {
    local home=$servers_data/rabbitmq log=$servers_data/rabbitmq.log bin=$servers_rabbit_bin
    local port epmd try password plugins=rabbitmq_auth_mechanism_ssl metrics
    [ -z "${SERVERS_RABBITMQ_METRICS:-}" ] || plugins+=,rabbitmq_prometheus
    [ -x $bin/rabbitmq-server ] || servers_install "$servers_data/apt.log" rabbitmq-server || return 1
    password=$(servers_random 24)
    mkdir -m 700 "$home" "$home/conf.d" "$home/log" "$home/mnesia"
    (umask 377 && servers_random 20 >"$home/.erlang.cookie")
    echo "[$plugins]." >"$home/enabled_plugins"
    : >"$home/env.conf"
    for try in 1 2 3; do
        port=$(servers_free_port) epmd=$(servers_free_port) metrics=$(servers_free_port)
        cat >"$home/rabbitmq.conf" <<END
listeners.tcp.1 = 127.0.0.1:$port
default_user = reversal
default_pass = $password
END
        [ -z "${SERVERS_RABBITMQ_METRICS:-}" ] ||
            printf 'prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = %s\n' "$metrics" >>"$home/rabbitmq.conf"
        # All that RabbitMQ would otherwise take from /etc/rabbitmq, /var/lib/rabbitmq, the home folder or the
        # caller's environment. An epmd of our own is one we may stop; the common one could be somebody's.
        cat >"$home/with" <<END
#!/bin/sh
cd $home && exec env -i PATH="$PATH" LANG=C.UTF-8 HOME=$home RUNNING_UNDER_SYSTEMD=true \\
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$epmd ERL_CRASH_DUMP=$home/log/erl_crash.dump \\
    RABBITMQ_NODENAME=reversal-${epmd}@localhost RABBITMQ_DIST_PORT=$(servers_free_port) \\
    RABBITMQ_CONF_ENV_FILE=$home/env.conf RABBITMQ_CONFIG_FILE=$home/rabbitmq.conf \\
    RABBITMQ_CONFIG_FILES=$home/conf.d RABBITMQ_ADVANCED_CONFIG_FILE=$home/advanced.config \\
    RABBITMQ_ENABLED_PLUGINS_FILE=$home/enabled_plugins RABBITMQ_MNESIA_BASE=$home/mnesia \\
    RABBITMQ_LOG_BASE=$home/log \\
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}' \\
    RABBITMQ_CTL_ERL_ARGS='-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}' \\
    "\$@"
END
        chmod 700 "$home/with"
        servers_spawn "$log" "$home/with" epmd -port "$epmd" -address 127.0.0.1
        servers_epmd_pid=$servers_pid
        if servers_await 'starting epmd' 10 "$servers_epmd_pid" servers_accepts "$epmd"; then
            servers_spawn "$log" "$home/with" $bin/rabbitmq-server
            servers_rabbit_pid=$servers_pid
            servers_await 'starting RabbitMQ' 120 "$servers_rabbit_pid" servers_rabbit_booted && break
            servers_stop "$servers_rabbit_pid" 2
        fi
        servers_stop "$servers_epmd_pid" 5
        [ $try != 3 ] || servers_fail 'starting RabbitMQ' "$log" "see the log and $home/log" || return 1
    done
    export ConnectionStrings__RabbitMq="amqp://reversal:$password@127.0.0.1:$port/"
    export SERVERS_RABBITMQCTL="$home/with $bin/rabbitmqctl"
    [ -z "${SERVERS_RABBITMQ_METRICS:-}" ] || export SERVERS_RABBITMQ_METRICS_ADDRESS=127.0.0.1:$metrics
    servers_kind_rabbitmq=private
    servers_say "- RabbitMQ on port $port"
}

# While it boots it does not listen to TERM; there is nothing to lose then.
servers_rabbit_down() {
    local patience=2
    if servers_rabbit_booted; then patience=30; fi
    [ -z "$servers_rabbit_pid" ] || servers_stop "$servers_rabbit_pid" $patience
    [ -z "$servers_epmd_pid" ] || servers_stop "$servers_epmd_pid" 5
    [ -z "$servers_epmd_pid" ] ||
        (cd "$servers_data/rabbitmq" && rm -rf mnesia with rabbitmq.conf .erlang.cookie)
    servers_rabbit_pid='' servers_epmd_pid=''
    unset SERVERS_RABBITMQCTL SERVERS_RABBITMQ_METRICS_ADDRESS
}
