#!/usr/bin/env bash
# Has public tools judge what neighbours get: the AsyncAPI document (@asyncapi/parser), the JSON Schemas (ajv), both ways,
# and the packages:
#
#   tests/contract.sh [FILE.ndjson…]
#
# Each FILE has one event a line; the integration tests write what they hear to such files in the folder that
# HEARD_EVENTS names. The tools come from npm, installed once into CONTRACT_FOLDER (default
# ~/.cache/reversal-worker/contract). The last line is `N passed, N failed`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"

tools=(@asyncapi/parser@3.6.3 ajv@8.20.0 ajv-formats@3.0.1)
folder=${CONTRACT_FOLDER:-$HOME/.cache/reversal-worker/contract}
schemas=$servers_root/src/Contracts/Schemas
state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-contract.XXXXXX")
trap 'rm -rf "$state"' EXIT
passed=0 failed=0

fail() {
    servers_say "  $*"
    failed=$((failed + 1))
}

give_up() {
    fail "$*"
    [ ! -f "$state/log" ] || tail -n 30 "$state/log"
    echo "$passed passed, $failed failed"
    exit 1
}

expect() { # TEXT COMMAND…
    if "${@:2}" >"$state/log" 2>&1; then passed=$((passed + 1)); else fail "$1: $(tail -n 5 "$state/log")"; fi
}

# A package has what its csproj promises, for both frameworks, and its symbols beside it.
judge_package() { # PROJECT FILE…
    local project=$1 name=Reversals.$1 version file
    shift
    # The newest that its list of changes tells of.
    version=$(sed -n 's/^\*\*\([0-9.]*\)\*\*.*/\1/p' "$servers_root/src/$project/CHANGELOG.md" | head -n 1)
    servers_step "packing $name" "$state/log" dotnet pack "$servers_root/src/$project" -c Release -o "$state/packed" ||
        { fail "$name cannot be packed"; tail -n 5 "$state/log"; return; }
    expect "$name $version" test -f "$state/packed/$name.$version.nupkg"
    expect "the symbols of $name" test -f "$state/packed/$name.$version.snupkg"
    unzip -l "$state/packed/$name.$version.nupkg" >"$state/list" 2>&1 || true
    for file in README.md CHANGELOG.md "lib/net8.0/$name.dll" "lib/net10.0/$name.dll" "$@"; do
        expect "$file in $name" grep -q " $file\$" "$state/list"
    done
    unzip -p "$state/packed/$name.$version.nupkg" "$name.nuspec" >"$state/nuspec" 2>&1 || true
    expect "the repository of $name" grep -q '<repository type="git"' "$state/nuspec"
}

command -v npm >/dev/null || servers_install "$state/log" nodejs npm || give_up 'there is no npm'
command -v unzip >/dev/null || servers_install "$state/log" unzip || give_up 'there is no unzip'
mkdir -p "$folder"
if [ "$(cat "$folder/installed" 2>/dev/null)" != "${tools[*]}" ]; then
    npm install --prefix "$folder" --no-audit --no-fund --no-save "${tools[@]}" >"$state/log" 2>&1 ||
        give_up "${tools[*]} cannot be installed"
    printf '%s\n' "${tools[*]}" >"$folder/installed"
fi

node "$here/Contract/check.mjs" "$folder" "$schemas" "$@" >"$state/check" 2>&1 || true
cat "$state/check"
summary=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$state/check" | tail -n 1) || give_up 'the check did not end'
passed=${summary%% *} summary=${summary#*, } failed=${summary%% *}

worker=$servers_root/src/Worker/bin/Release/net10.0/reversal-worker
[ -x "$worker" ] || servers_build "$state/log" src/Worker || give_up 'the worker cannot be built'
for file in "$schemas"/*.json; do
    name=$(basename "$file" .json) command=(contract schema "$name")
    [ "$name" != asyncapi ] || command=(contract asyncapi)
    "$worker" "${command[@]}" >"$state/printed" 2>"$state/log" || true
    expect "reversal-worker ${command[*]} prints $name.json" cmp "$file" "$state/printed"
done

judge_package Contracts schemas/asyncapi.json schemas/payment-reversed.json \
    schemas/reversal-rejected.json schemas/reversal-requested.json
judge_package Contracts.MassTransit
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
