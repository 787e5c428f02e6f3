# shellcheck shell=bash disable=SC2154 # names are shared with the scripts that source this
# Runs a test program and adds what it counted to passed and failed. Part of run.sh and compose.sh.

# The number behind a word of the runner's summary, 0 when it is not there.
count() { # WORD LINE
    local rest=${2##*"$1: "}
    [ "$rest" != "$2" ] || rest=0
    echo "${rest%%[!0-9]*}"
}

# What the program says is shown as it comes and read afterwards.
run_shown() { # LOG COMMAND…
    "${@:2}" 2>&1 | tee "$1"
}

# The failures in a log, a line each, for the end of the run: whoever reads only that sees what failed and why.
failures_in() { # LOG
    awk '/^ .*\[FAIL\]$/ { name = $1; why = ""; next }
        name != "" && /Stack Trace:|^$/ { print "FAILED  " name ": " substr(why, 2, 600); name = ""; next }
        name != "" { sub(/^ +/, ""); why = why " " $0; next }
        /^FAILED  |^  broken / { print }' "$1"
}

run_project() { # NAME ARGUMENT…
    local name=$1 log=$state/$1.log status=0 summary total wrong skipped bad
    local program=$servers_root/tests/$name/bin/Release/net10.0/Reversals.Tests.$name
    shift
    servers_step "running the $name tests" - run_shown "$log" "$program" -noColor "$@" || status=$?
    summary=$(sed '1,/TEST EXECUTION SUMMARY/d' "$log" | grep "Reversals.Tests.$name .*Total: ") || summary=''
    total=$(count Total "$summary")
    wrong=$(count Failed "$summary")
    skipped=$(count Skipped "$summary")
    passed=$((passed + total - wrong - skipped - $(count 'Not Run' "$summary")))
    bad=$((wrong + skipped + $(count Errors "$summary")))
    # A program that crashed, or found nothing to run, has not passed.
    if [ $bad = 0 ] && { [ $status != 0 ] || [ "$total" = 0 ]; }; then
        servers_say "  $name ended with status $status after $total tests"
        bad=1
    fi
    failed=$((failed + bad))
    failures_in "$log" >>"$state/failures"
}
