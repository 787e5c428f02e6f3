#!/usr/bin/env bash
# Measures the page for ops with a million reversals and a hundred thousand quarantined messages, in about two minutes:
#
#   tests/page.sh
#
# Prints how long each page takes and fails when one takes longer than 100 ms. Servers and Chromium come as for run.sh.
set -euo pipefail
exec bash "$(dirname "${BASH_SOURCE[0]}")/run.sh" integration \
    -class 'Reversals.Tests.Integration.PageSpeedTests' -explicit only -showLiveOutput "$@"
