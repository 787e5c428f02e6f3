#!/usr/bin/env bash
# What worker and gateway are made of, as CycloneDX documents: each package with version, hash and licence.
#
#   deploy/sbom.sh VERSION FOLDER
#
# Test projects and what only the build needs are left out.
set -euo pipefail
[ $# = 2 ] || { sed -n '2,/^set /{/^#/p}' "$0" >&2; exit 2; }
mkdir -p "$2"
folder=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for name in Worker Gateway; do
    dotnet dotnet-CycloneDX "src/$name/$name.csproj" --exclude-dev --include-project-references --disable-package-restore \
        --set-name "reversal-${name,,}" --set-version "$1" --set-type Application \
        --output "$folder" --filename "reversal-${name,,}.cdx.json" --output-format Json
done
