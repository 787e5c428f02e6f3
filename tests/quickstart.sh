#!/usr/bin/env bash
# Follows the README as a newcomer does: the quickstart, the call that it prints, a command, and the end.
#
#   tests/quickstart.sh
#
# The last line is `N passed, N failed`. Exit code 0: all passed; 1: some failed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-quickstart-test.XXXXXX")
quickstart=''
# shellcheck source=tests/fact.sh
. "$here/fact.sh"

stop_everything() {
    local status=$?
    set +e
    [ -z "$quickstart" ] || { kill -TERM -- "-$quickstart"; wait "$quickstart"; } 2>/dev/null
    if [ $status = 0 ]; then rm -rf "$state"; else echo "logs: $state" >&2; fi
}
trap stop_everything EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

is_up() { grep -q 'Ctrl-C' "$state/error"; }

# As much as it takes to build everything and to make the servers.
comes_up() {
    local end=$((SECONDS + 1200))
    until is_up; do
        kill -0 "$quickstart" && [ $SECONDS -lt $end ] || { cat "$state/error"; return 1; }
        sleep 0.2
    done
}

# What stands between `curl` and the body, as it would be copied from the screen.
printed_call() { sed -n '/^curl /,/--data-binary/p' "$state/output"; }

is_success() { # FILE
    cat "$1"
    grep -q '^HTTP/1.1 200 OK' "$1" && grep -q '^{"rc":"SUCCESS","message":"success",' "$1" &&
        grep -q '"paid_amount":0,' "$1"
}

shows_the_event() { grep -q '^event: .*"rc":"SUCCESS"' "$state/output"; }

shows_the_answer() { is_success "$state/output"; }

copied_call_is_answered() { bash -c "$(printed_call)" >"$state/answer" && is_success "$state/answer"; }

# The bytes of the first time, and it says so.
answer_is_the_stored_one() {
    grep -qi '^Replayed: true' "$state/answer" &&
        [ "$(tail -n 1 "$state/answer")" = "$(grep '^{"rc":"SUCCESS"' "$state/output")" ]
}

commands_work() {
    local settings
    settings=$(sed -n 's/^ *environment: *\. //p' "$state/error")
    # shellcheck source=/dev/null
    (. "$settings" && reversal-worker status && reversal-worker show abcRef13456789 &&
        { [ "$(type -t psql)" != function ] || psql -c 'SELECT count(*) FROM billing.bill'; })
}

# As deploy/neighbours.md says, for a client that declares what it publishes to and reads.
neighbour_gets_its_objects() {
    local settings
    settings=$(sed -n 's/^ *environment: *\. //p' "$state/error")
    # shellcheck source=/dev/null
    (. "$settings" && mkdir -p "$state/keys" &&
        "$here/../deploy/rabbitmq/definitions.sh" "$state/keys" / upstream:acme queue:ledger |
            rabbitmqctl import_definitions && rabbitmqctl -q list_queues name) >"$state/neighbour" || return 1
    cat "$state/neighbour"
    grep -qx ledger-reversal-events "$state/neighbour"
}

# TERM, because INT is ignored by whatever a script started in the background.
ends_at_once() {
    local status=0 end=$((SECONDS + 60))
    kill -TERM -- "-$quickstart"
    while kill -0 "$quickstart" 2>/dev/null && [ $SECONDS -lt $end ]; do sleep 0.2; done
    kill -KILL -- "-$quickstart" 2>/dev/null || true
    wait "$quickstart" || status=$?
    quickstart=''
    [ $status = 143 ]
}

set -m
env -u STATE_DIR "$here/../deploy/quickstart.sh" >"$state/output" 2>"$state/error" </dev/null &
quickstart=$!
set +m
fact 'the quickstart comes up' comes_up
fact 'it shows the event' shows_the_event
fact 'it calls POST /reversal and shows 200 SUCCESS' shows_the_answer
fact 'the call that it printed, copied, is answered 200 SUCCESS' copied_call_is_answered
fact 'with the bytes of the first time' answer_is_the_stored_one
fact 'the commands that it names work' commands_work
fact 'a neighbour gets its exchange and queue in it' neighbour_gets_its_objects
fact 'a signal ends it' ends_at_once
echo "$passed passed, $failed failed"
[ $failed = 0 ]
