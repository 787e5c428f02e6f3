#!/usr/bin/env bash
# The users of RabbitMQ and what each may do: this and nothing else. Prints definitions, which RabbitMQ takes at
# its start (load_definitions in rabbitmq.conf) or at any time later; taking them again changes nothing:
#
#   deploy/rabbitmq/definitions.sh FOLDER [VHOST [NEIGHBOUR…]] >definitions.json
#   rabbitmqctl import_definitions "$PWD/definitions.json"
#
# FOLDER has a file with the password for each user, named like the user; a missing one is written. Only salted
# hashes of the passwords are printed.
#
#   upstream         publishes to the exchange reversal-requested
#   upstream:NAME    the neighbour NAME, an upstream with a user of its own. It may publish to reversal-requested, and
#                    to NAME-reversals: an exchange of its own that is bound to it, for clients such as MassTransit,
#                    which declare what they publish to
#   reversal-worker  makes and reads its queues, makes and writes its exchanges; may ask the management plugin who keeps
#                    its queues (tag management)
#   reversal-gateway publishes to the exchanges reversal-requested and reversal-preview-requested; makes queues of its own for the answers to that,
#                    named reversal-gateway-…, and reads no other. RabbitMQ gives a right by the name alone, so it (and
#                    demo) may also bind the queue of that name to what it reads: answers that come back as requests
#                    have no signature of a client, and lie in the quarantine
#   SUBSCRIBER       makes and reads queues named SUBSCRIBER-…, and binds them to the two event exchanges.
#                    One user a neighbour, called by small letters and digits: were there a - in its name, the
#                    queues of `app-eu` would be those of `app` too. `subscriber` when none is named. `demo` is for
#                    the command of that name: it publishes requests as well
#   queue:NAME       the same, with a quorum queue NAME-reversal-events that is bound to both event exchanges, for
#                    clients such as MassTransit, which declare what they bind to. It fills from the import on
#   reversal-operator  for the commands of people on duty: publishes events to a queue of their choice (event replay
#                    --to-queue) and requests of the quarantine, reads and makes nothing
#   ops              sees everything in the management interface (tag monitoring), touches nothing
set -euo pipefail
# By the alphabet: elsewhere a-z holds letters of other kinds.
export LC_ALL=C

[ $# -ge 1 ] || { sed -n '2,/^set /{/^#/p}' "$0" >&2; exit 2; }
folder=$1 vhost=${2:-/}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- subscriber

fail() {
    echo "$0: $*" >&2
    exit 2
}

bytes() { # HEX
    # shellcheck disable=SC2001,SC2059 # two characters make a byte, and the format is the bytes
    printf "$(sed 's/../\\x&/g' <<<"$1")"
}

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# The form in which RabbitMQ keeps a password: salt, and SHA-256 of salt and password.
user() { # NAME TAGS
    local file=$folder/$1 salt password hash
    [ -s "$file" ] || random 24 >"$file"
    salt=$(random 4)
    # Without the line ends behind it, as the worker reads it too.
    password=$(tr -d '\r' <"$file")
    hash=$({ bytes "$salt" && printf %s "$password"; } | sha256sum | cut -d' ' -f1)
    printf '    {"name": "%s", "tags": "%s", "hashing_algorithm": "rabbit_password_hashing_sha256",\n' "$1" "$2"
    printf '     "password_hash": "%s"}' "$(bytes "$salt$hash" | base64 -w0)"
}

permission() { # USER CONFIGURE WRITE READ
    printf '    {"user": "%s", "vhost": "%s",\n' "$1" "$vhost"
    printf '     "configure": "%s", "write": "%s", "read": "%s"}' "$2" "$3" "$4"
}

# What the worker makes too, in the same shape: bindings need it to be there.
exchange() { # NAME
    printf '    {"name": "%s", "vhost": "%s", "type": "fanout", "durable": true,\n' "$1" "$vhost"
    printf '     "auto_delete": false, "internal": false, "arguments": {}}'
}

binding() { # SOURCE exchange|queue DESTINATION
    printf '    {"source": "%s", "vhost": "%s", "destination_type": "%s", "destination": "%s",\n' "$1" "$vhost" "$2" "$3"
    printf '     "routing_key": "", "arguments": {}}'
}

# Prints the elements of stdin, each ended by an empty line, as one list.
list() { # NAME
    printf '  "%s": [\n' "$1"
    awk 'BEGIN { RS = ""; ORS = "" } NR > 1 { print ",\n" } { print }'
    printf '\n  ]'
}

case $vhost in *[!A-Za-z0-9_./-]*) fail "the virtual host $vhost: letters, digits and _ . / - only" ;; esac
named='' subscribers='' upstreams='' queues=''
for neighbour in "$@"; do
    name=${neighbour#*:}
    case $name in
        # With such a prefix the queues of the worker would be its own.
        reversal* | payment* | amq* | upstream | ops) fail "a subscriber or upstream cannot be called $name" ;;
        '' | *[!a-z0-9]*) fail "the subscriber or upstream '$name': small letters and digits only; a - would end its name" ;;
    esac
    # RabbitMQ keeps one of two users of one name.
    [[ " $named " != *" $name "* ]] ||
        fail "the subscriber or upstream $name is named twice; who asks and listens has two users, of two names"
    named="$named $name"
    case $neighbour in
        upstream:*) upstreams="$upstreams $name" ;;
        queue:*) subscribers="$subscribers $name" queues="$queues $name" ;;
        *:*) fail "the subscriber or upstream '$neighbour': NAME, queue:NAME or upstream:NAME" ;;
        *) subscribers="$subscribers $name" ;;
    esac
done
umask 077
mkdir -p "$folder"

own='reversal-requested(-dead-letter)?|reversal-preview-requested'
events='payment-reversed|reversal-rejected'
answers='reversal-answers'
none='^$'

echo '{'
# A broker that is given definitions at its first start makes no virtual host by itself.
printf '  "vhosts": [{"name": "%s"}],\n' "$vhost"
echo '  "users": ['
user upstream '' && echo ,
user reversal-worker management && echo ,
user reversal-gateway '' && echo ,
user reversal-operator '' && echo ,
for name in $named; do user "$name" '' && echo ,; done
user ops monitoring && echo
echo '  ],'
echo '  "permissions": ['
permission upstream "$none" '^reversal-requested$' "$none" && echo ,
for name in $upstreams; do
    permission "$name" "^$name-" "^($name-.*|reversal-requested)\$" "$none" && echo ,
done
for name in $subscribers; do
    write="^$name-"
    [ "$name" != demo ] || write='^(demo-.*|reversal-requested)$'
    permission "$name" "^$name-" "$write" "^($name-.*|$events)\$" && echo ,
done
# To bind a queue is to write to it and to read from the exchange; to name a dead letter exchange is to write to it.
permission reversal-gateway '^reversal-gateway-' '^(reversal-gateway-.*|reversal-requested|reversal-preview-requested)$' \
    "^(reversal-gateway-.*|$answers)\$" && echo ,
# To publish to a queue by its name is to write to the default exchange.
permission reversal-operator "$none" '^(amq[.]default|reversal-requested)$' "$none" && echo ,
permission reversal-worker "^($own|$events|$answers)\$" "^($own|$events|$answers)\$" "^($own)\$" && echo
echo '  ]'
if [ -n "$upstreams$queues" ]; then
    echo ,
    {
        for name in reversal-requested payment-reversed reversal-rejected; do exchange "$name" && echo && echo; done
        for name in $upstreams; do exchange "$name-reversals" && echo && echo; done
    } | list exchanges
    echo ,
    for name in $queues; do
        printf '    {"name": "%s-reversal-events", "vhost": "%s", "durable": true,\n' "$name" "$vhost"
        printf '     "auto_delete": false, "arguments": {"x-queue-type": "quorum"}}\n\n'
    done | list queues
    echo ,
    {
        for name in $upstreams; do binding "$name-reversals" exchange reversal-requested && echo && echo; done
        for name in $queues; do
            binding payment-reversed queue "$name-reversal-events" && echo && echo
            binding reversal-rejected queue "$name-reversal-events" && echo && echo
        done
    } | list bindings
    echo
fi
echo '}'
