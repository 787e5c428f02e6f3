#!/usr/bin/env bash
# Has a public linter judge the document that the gateway serves at /openapi.json:
#
#   tests/openapi.sh
#
# The linter is @redocly/cli from npm, installed once into OPENAPI_FOLDER (default
# ~/.cache/reversal-worker/redocly). The last line is `N passed, N failed`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"

version=2.77.0
folder=${OPENAPI_FOLDER:-$HOME/.cache/reversal-worker/redocly}
linter=$folder/node_modules/.bin/redocly
state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-openapi.XXXXXX")
trap 'rm -rf "$state"' EXIT

fail() {
    servers_say "  $*"
    [ ! -f "$state/log" ] || cat "$state/log"
    echo '0 passed, 1 failed'
    exit 1
}

gateway=$servers_root/src/Gateway/bin/Release/net10.0/reversal-gateway
[ -x "$gateway" ] || servers_build "$state/log" src/Gateway || fail 'the gateway cannot be built'
command -v npm >/dev/null || servers_install "$state/log" nodejs npm || fail 'there is no npm'
mkdir -p "$folder"
if ! grep -qs "\"version\": \"$version\"" "$folder/node_modules/@redocly/cli/package.json"; then
    npm install --prefix "$folder" --no-audit --no-fund --no-save "@redocly/cli@$version" >"$state/log" 2>&1 ||
        fail "@redocly/cli@$version cannot be installed"
fi

"$gateway" openapi >"$state/openapi.json" || fail 'the gateway does not write the document'
# Warnings count as well: the strictest rules that the linter has, and no exception.
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true "$linter" lint --extends recommended-strict \
    "$state/openapi.json" >"$state/log" 2>&1 || fail 'the linter found errors'
grep -i 'valid' "$state/log" || fail 'the linter did not say that the document is valid'
echo '1 passed, 0 failed'
