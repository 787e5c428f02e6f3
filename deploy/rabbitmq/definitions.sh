#!/usr/bin/env bash
# The users of RabbitMQ and what each may do: this and nothing else. Prints definitions, which RabbitMQ takes at
# its start (load_definitions in rabbitmq.conf) or at any time later; taking them again changes nothing:
#
#   deploy/rabbitmq/definitions.sh FOLDER [VHOST [SUBSCRIBER…]] >definitions.json
#   rabbitmqctl import_definitions "$PWD/definitions.json"
#
# FOLDER has a file with the password for each user, named like the user; a missing one is written. Only salted
# hashes of the passwords are printed.
#
#   upstream         publishes to the exchange reversal-requested
#   reversal-worker  makes and reads its queue, makes and writes its exchanges
#   reversal-gateway publishes to the exchange reversal-requested; makes queues of its own for the answers to that,
#                    named reversal-gateway-…, and reads no other
#   SUBSCRIBER       makes and reads queues named SUBSCRIBER-…, and binds them to the two event exchanges.
#                    One user a neighbour, called by small letters and digits: were there a - in its name, the
#                    queues of `app-eu` would be those of `app` too. `subscriber` when none is named. `demo` is for the verb of that name:
#                    it publishes requests as well
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

case $vhost in *[!A-Za-z0-9_./-]*) fail "the virtual host $vhost: letters, digits and _ . / - only" ;; esac
named=''
for name in "$@"; do
    case $name in
        # With such a prefix the queues of the worker would be its own.
        reversal* | payment* | amq* | upstream | ops) fail "a subscriber cannot be called $name" ;;
        '' | *[!a-z0-9]*) fail "the subscriber '$name': small letters and digits only; a - would end its name" ;;
    esac
    # RabbitMQ keeps one of two users of one name.
    [[ " $named " != *" $name "* ]] || fail "the subscriber $name is named twice"
    named="$named $name"
done
umask 077
mkdir -p "$folder"

own='reversal-requested(-dead-letter)?'
events='payment-reversed|reversal-rejected'
answers='reversal-answers'
none='^$'

echo '{'
# A broker that is given definitions at its first start makes no virtual host by itself.
printf '  "vhosts": [{"name": "%s"}],\n' "$vhost"
echo '  "users": ['
user upstream '' && echo ,
user reversal-worker '' && echo ,
user reversal-gateway '' && echo ,
for name in "$@"; do user "$name" '' && echo ,; done
user ops monitoring && echo
echo '  ],'
echo '  "permissions": ['
permission upstream "$none" '^reversal-requested$' "$none" && echo ,
for name in "$@"; do
    write="^$name-"
    [ "$name" != demo ] || write='^(demo-.*|reversal-requested)$'
    permission "$name" "^$name-" "$write" "^($name-.*|$events)\$" && echo ,
done
# To bind a queue is to write to it and to read from the exchange; to name a dead letter exchange is to write to it.
permission reversal-gateway '^reversal-gateway-' '^(reversal-gateway-.*|reversal-requested)$' \
    "^(reversal-gateway-.*|$answers)\$" && echo ,
permission reversal-worker "^($own|$events|$answers)\$" "^($own|$events|$answers)\$" "^$own\$" && echo
echo '  ]'
echo '}'
