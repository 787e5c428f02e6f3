# shellcheck shell=bash disable=SC2154 # names are shared with ../platform.sh
# What a release is made of: the same bytes from two folders, the version that was asked for, and a list of parts that has
# every package.

# The sources as git has them, in a folder of another name, depth and spelling.
lay_sources() { # FOLDER
    mkdir -p "$1" && (cd "$servers_root" && git ls-files -z --cached --others --exclude-standard -- \
        src Directory.Build.props Directory.Packages.props BannedSymbols.txt global.json .editorconfig |
        xargs -0 cp --parents -t "$1" 2>/dev/null; cd "$1" && [ -f src/Worker/Worker.csproj ])
}

# Analyzers change nothing in what comes out.
made_in() { # FOLDER OUT ARGUMENT…
    (cd "$1" && servers_step "making ${*:3}" "$log" dotnet "${@:3}" -c Release -o "$2" -nologo -v q --disable-build-servers \
        -p:RestoreLockedMode=true -p:RunAnalyzers=false) || { tail -n 5 "$log"; return 1; }
}

made_twice() { # NAME ARGUMENT…
    made_in "$state/one" "$state/made/one/$1" "${@:2}" && made_in "$state/other/a place" "$state/made/other/$1" "${@:2}"
}

same() { # NAME
    diff -rq "$state/made/one/$1" "$state/made/other/$1"
}

# A package is a zip whose own names and times are new each time; what it carries is not.
same_packages() {
    local package folder
    for folder in one other; do
        for package in "$state/made/$folder"/packages/*.nupkg; do
            mkdir -p "$state/unpacked/$folder"
            unzip -qo "$package" -d "$state/unpacked/$folder/$(basename "$package")" -x '_rels/*' 'package/*' || return 1
        done
    done
    diff -r "$state/unpacked/one" "$state/unpacked/other"
}

check_release() {
    local release=(-p:ContinuousIntegrationBuild=true -p:ProductVersion=7.8.9)
    command -v unzip >/dev/null || servers_install "$log" unzip || { failed=$((failed + 1)); return 0; }
    fact 'the sources can be copied' lay_sources "$state/one"
    fact 'and once more' lay_sources "$state/other/a place"
    fact 'the worker is made in two folders' made_twice worker publish src/Worker "${release[@]}"
    fact 'and is the same, byte by byte' same worker
    fact 'the gateway is made in two folders' made_twice gateway publish src/Gateway "${release[@]}"
    fact 'and is the same, byte by byte' same gateway
    fact 'the package is made in two folders' made_twice packages pack src/Contracts "${release[@]}"
    fact 'and carries the same' same_packages
    fact 'planted: made as while developing' made_twice developing build src/Contracts -f net10.0
    fact 'planted, and found: the folder stands in what is made' not same developing
    fact 'worker and libraries are compiled ahead' compiled_ahead "$state"/made/one/worker/{reversal-worker,Reversals.Processing,MassTransit}.dll
    fact 'and the gateway' compiled_ahead "$state"/made/one/gateway/{reversal-gateway,RabbitMQ.Client}.dll
    fact 'planted, and found: compiled at the start' not compiled_ahead "$(dirname "$worker")/MassTransit.dll"
    fact 'the other platform has a worker too, from the same lock files' \
        made_in "$state/one" "$state/made/arm64" publish src/Worker -p:PublishFor=linux-arm64
    fact 'which is for it' test "$(LC_ALL=C od -An -tx1 -j18 -N1 "$state/made/arm64/reversal-worker" | tr -d ' ')" = b7
    fact 'the worker has the version that was asked for' has_version "$state/made/one/worker/reversal-worker" 7.8.9
    fact 'the package keeps its own' test -f "$state/made/one/packages/Reversals.Contracts.$(
        sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$servers_root/src/Contracts/Contracts.csproj").nupkg"
    check_parts
}

# Such a file has a header with this mark.
compiled_ahead() { # FILE…
    local file
    for file in "$@"; do LC_ALL=C grep -qaP 'RTR\x00' "$file" || { echo "not compiled ahead: $file"; return 1; }; done
}

has_version() { # BINARY VERSION
    "$1" --version >"$state/version.txt" && grep -qF "$2" "$state/version.txt"
}

# Every package of the lock file that is not for the build alone, with version and hash; and none of the tests.
parts_hold() { # DOCUMENT PROJECT
    node - "$1" "$servers_root/src/$2" <<'END'
const { readFileSync } = require('fs');
const [document, project] = process.argv.slice(2);
const parts = JSON.parse(readFileSync(document)).components;
const locked = Object.entries(Object.values(JSON.parse(readFileSync(`${project}/packages.lock.json`)).dependencies)[0]);
const build = /^(Meziantou\.Analyzer|Microsoft\.CodeAnalysis\.)/;
const wanted = locked.filter(([name, one]) => one.type !== 'Project' && !build.test(name));
let missing = 0;
for (const [name, one] of wanted) {
  const part = parts.find(each => each.name.toLowerCase() === name.toLowerCase());
  // What the framework has by now is not delivered.
  if (!part && /^(System|Microsoft)\./.test(name)) continue;
  if (part?.version === one.resolved && part.hashes?.length > 0 && part.licenses?.length > 0) continue;
  console.log(`${name} ${one.resolved} is not in it as it should be`);
  missing++;
}
if (wanted.length < 5 || parts.some(one => build.test(one.name) || /xunit/i.test(one.name))) missing++;
process.exitCode = missing === 0 ? 0 : 1;
END
}

check_parts() {
    local name
    (cd "$servers_root" && servers_step 'restoring tools' "$log" dotnet tool restore) || { failed=$((failed + 1)); return 0; }
    fact 'the lists of parts are made' "$servers_root/deploy/sbom.sh" 7.8.9 "$state/parts"
    for name in Worker Gateway; do
        fact "the list of the ${name,,} has every package" parts_hold "$state/parts/reversal-${name,,}.cdx.json" $name
    done
    sed 's/"version": "10.0.3"/"version": "10.0.2"/' "$state/parts/reversal-worker.cdx.json" >"$state/parts/wrong.json"
    fact 'planted, and found: another version of a package' not parts_hold "$state/parts/wrong.json" Worker
    fact 'planted, and found: the list of another program' not parts_hold "$state/parts/reversal-gateway.cdx.json" Worker
}
