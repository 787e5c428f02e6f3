#!/usr/bin/env bash
# Judges what deploys the project and carries it on, other than Kubernetes: the units of systemd, the image, the workflow
# and what a release is made of. Each rule has to find a planted mistake.
#
#   tests/platform.sh                                  systemd and project
#   tests/platform.sh apphost release image            minutes: builds of their own
#   tests/platform.sh apphost-live                     the application host, started; a container engine as in compose.sh
#
# The last line is `N passed, N failed`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/servers.sh
. "$here/../deploy/servers.sh"
state=$(mktemp -d "${TMPDIR:-/tmp}/reversal-platform.XXXXXX")
log=$state/log
# shellcheck source=tests/fact.sh
. "$here/fact.sh"
parts=(systemd project apphost release image)
usual=(systemd project)   # the others take minutes
for part in live "${parts[@]}"; do
    # shellcheck source=/dev/null
    . "$here/Platform/$part.sh"
done

servers_dotnet "$log" && programs_built || { echo '0 passed, 1 failed'; exit 1; }
[ $# -gt 0 ] || set -- "${usual[@]}"
for part in "$@"; do "check_$part"; done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
