#!/usr/bin/env bash
# Measures the operator page with a million reversals and a hundred thousand quarantined messages, in about two minutes:
#
#   tests/page.sh
#
# Prints the plans and how long each page takes; fails when one takes longer than 100 ms, the median of thirty loads.
# Servers and Chromium come as for run.sh.
set -euo pipefail
exec bash "$(dirname "${BASH_SOURCE[0]}")/run.sh" integration \
    -class 'Reversals.Tests.Integration.PageSpeedTests' -explicit only -showLiveOutput "$@"
