# RabbitMQ as the official image lays it out: user, folders, log on stdout, management enabled.
FROM reversal-stand-in/debian:13
ENV LANG=C.UTF-8 HOME=/var/lib/rabbitmq RUNNING_UNDER_SYSTEMD=true
RUN groupadd -r -g 999 rabbitmq \
    && useradd -r -g rabbitmq -u 999 -d /var/lib/rabbitmq rabbitmq \
    && apt-get update \
    && apt-get install -y --no-install-recommends rabbitmq-server \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/lib/rabbitmq/.erlang.cookie \
    && install -d -o rabbitmq -g rabbitmq -m 1777 /var/lib/rabbitmq /var/log/rabbitmq \
         /etc/rabbitmq /etc/rabbitmq/conf.d \
    && echo '[rabbitmq_management,rabbitmq_prometheus].' >/etc/rabbitmq/enabled_plugins \
    && printf 'loopback_users.guest = false\nlog.console = true\n' >/etc/rabbitmq/conf.d/10-defaults.conf
# The package's commands change to their user, which only root can; here that user runs what is behind them.
ENV PATH=/usr/lib/rabbitmq/bin:$PATH
USER rabbitmq
VOLUME /var/lib/rabbitmq
EXPOSE 5672 15672 15692
CMD ["rabbitmq-server"]
