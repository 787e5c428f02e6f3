#!/usr/bin/env bash
# The version of what stands here, from the tags: 1.2.3 on the tag v1.2.3; 1.2.4-dev.5 five commits later; 0.0.0-dev.5
# before the first tag. The commit is added by the build. A tagged version has to stand in CHANGELOG.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) || tag=''
if [ -z "$tag" ]; then
    echo "0.0.0-dev.$(git rev-list --count HEAD)"
    exit 0
fi
[[ $tag =~ ^v([0-9]+)\.([0-9]+)\.([0-9]+)$ ]] || { echo "$0: the tag $tag is no version such as v1.2.3" >&2; exit 1; }
since=$(git rev-list --count "$tag"..HEAD)
if [ "$since" = 0 ]; then
    grep -q "^## ${tag#v}\( \|\$\)" CHANGELOG.md || { echo "$0: CHANGELOG.md has nothing of ${tag#v}" >&2; exit 1; }
    echo "${tag#v}"
else
    echo "${BASH_REMATCH[1]}.${BASH_REMATCH[2]}.$((BASH_REMATCH[3] + 1))-dev.$since"
fi
