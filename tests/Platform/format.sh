#!/usr/bin/env bash
# The gate of the white space: what .editorconfig asks of every file, and nothing that a diff would hide.
#
#   tests/Platform/format.sh [FOLDER]      the files that git knows there; here by default
#
# `dotnet format whitespace` is not it: it takes the tables apart that some lists are laid out as.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"
git ls-files -z --cached --others --exclude-standard -- '*.cs' '*.razor' '*.csproj' '*.props' '*.sln' '*.sh' '*.mjs' '*.py' \
    '*.sql' '*.yml' '*.yaml' '*.md' '*.service' '*.conf' '*.Dockerfile' Dockerfile .editorconfig Makefile ':!tests/Hostile/corpora' |
    perl -0 -ne '
        chomp; my $name = $_; next unless -f $name;
        open my $file, "<:raw", $name or die "$name: $!"; my $text = do { local $/; <$file> };
        tell_of("white space at the end of a line") if $text =~ /[ \t]+$/m;
        tell_of("a line end of another system") if $name !~ /\.sln$/ && $text =~ /\r/;
        tell_of("a tab") if $name !~ /Makefile$|\.sln$/ && $text =~ /^ *\t/m;
        tell_of("no line end at the end") if length $text && $text !~ /\n\z/;
        tell_of("an empty line at the end") if $text =~ /\n\n\z/;
        tell_of("a byte order mark") if $name !~ /\.sln$/ && $text =~ /\A\xEF\xBB\xBF/;
        sub tell_of { print "$name: $_[0]\n"; $wrong = 1 }
        END { $? = 1 if $wrong }'
