#!/usr/bin/env bash
# Runs the samples of deploy/samples against a real worker:
#
#   tests/samples.sh
#
# Client libraries come from the distribution's packages, from npm and from NuGet; what is built or installed for it is
# in SAMPLES_FOLDER (default ~/.cache/reversal-worker/samples). The tests are SampleTests in Integration/; they call
# `tests/samples.sh --run FOLDER LANGUAGE`. The last line is `N passed, N failed`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
samples=$(cd "$here/../deploy/samples" && pwd)
jars=/usr/share/java/amqp-client.jar:/usr/share/java/gson.jar:/usr/share/java/slf4j-api.jar:/usr/share/java/slf4j-nop.jar

# One sample, as a neighbour would start it.
run() { # FOLDER LANGUAGE
    case $2 in
        python) exec /usr/bin/python3 "$samples/python/sample.py" ;;
        node) NODE_PATH=$1/node_modules exec node "$samples/node/sample.js" ;;
        php) exec php "$samples/php/sample.php" ;;
        go) exec "$1/go/sample" ;;
        java) exec java -cp "$1/java:$jars" Sample ;;
        csharp*) exec "$samples/$2/bin/Release/net10.0/sample-$2" ;;
        *) echo "no sample called $2" >&2; exit 2 ;;
    esac
}
if [ "${1:-}" = --run ]; then run "$2" "$3"; fi

# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"
folder=${SAMPLES_FOLDER:-$HOME/.cache/reversal-worker/samples}
amqplib=2.3.1
state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-samples.XXXXXX")
trap 'rm -rf "$state"' EXIT
mkdir -p "$folder/go" "$folder/java"

prepare() { # TEXT COMMAND…
    servers_step "$1" "$state/log" "${@:2}" || { servers_fail "$1" "$state/log" 'see the log'; return 1; }
}

# Packages that are there already are not asked for, so that a machine without a network can run this again.
missing=()
while read -r file package; do
    [ -e "$file" ] || missing+=("$package")
done <<'LIST'
/usr/bin/python3 python3
/usr/lib/python3/dist-packages/pika python3-pika
/usr/bin/php php-cli
/usr/share/php/PhpAmqpLib php-amqplib
/usr/bin/go golang-go
/usr/share/gocode/src/github.com/rabbitmq/amqp091-go golang-github-rabbitmq-amqp091-go-dev
/usr/share/java/amqp-client.jar librabbitmq-client-java
/usr/share/java/gson.jar libgoogle-gson-java
/usr/share/java/slf4j-nop.jar libslf4j-java
LIST
command -v node >/dev/null && command -v npm >/dev/null || missing+=(nodejs npm)
command -v javac >/dev/null || missing+=(default-jdk-headless)
[ ${#missing[@]} = 0 ] || servers_install "$state/log" "${missing[@]}" || true

# What cannot be had makes the tests of its language fail, and no others.
grep -qs "\"version\": \"$amqplib\"" "$folder/node_modules/amqplib/package.json" ||
    prepare 'installing amqplib' npm install --prefix "$folder" --no-audit --no-fund --no-save "amqplib@$amqplib" || true
prepare 'building the Go sample' env -C "$samples/go" GO111MODULE=off GOPATH=/usr/share/gocode \
    GOCACHE="$folder/go/cache" go build -o "$folder/go/sample" . || true
prepare 'building the Java sample' javac -d "$folder/java" -cp "$jars" "$samples"/java/Events.java \
    "$samples"/java/Sample.java || true
if [ -z "${RUN_BUILT:-}" ]; then servers_build "$state/log" Worker.sln || { echo '0 passed, 1 failed'; exit 1; }; fi
SAMPLES_FOLDER=$folder RUN_BUILT=yes bash "$here/run.sh" integration -class Reversals.Tests.Integration.SampleTests
