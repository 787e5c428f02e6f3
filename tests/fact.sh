# shellcheck shell=bash disable=SC2034,SC2154 # the script that sources it names the folder $state
# Counts facts: each runs a command and prints its text, and what the command said if it failed.
passed=0 failed=0

fact() { # TEXT COMMAND…
    local text=$1
    shift
    if "$@" >"$state/fact.log" 2>&1; then
        passed=$((passed + 1))
        echo "passed  $text"
    else
        failed=$((failed + 1))
        echo "FAILED  $text"
        sed 's/^/  | /' "$state/fact.log"
    fi
}
