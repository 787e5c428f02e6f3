using System.Text;

namespace Reversals.Operations.Commands;

/// <summary>The scripts. All of their words are our own: letters, dots and dashes.</summary>
static class CompletionScripts
{
    internal static string Bash(IReadOnlyList<CompletionPlace> places) => $$"""
        # Completion of reversal-worker. To use it: source <(reversal-worker completion bash)
        _reversal_worker() {
            local at='' word offered=''
            for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        {{Follow(places)}}
            done
        {{Offer(places, "${COMP_WORDS[COMP_CWORD-1]}")}}
            mapfile -t COMPREPLY < <(compgen -W "$offered" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _reversal_worker reversal-worker

        """;

    internal static string Zsh(IReadOnlyList<CompletionPlace> places) => $$"""
        #compdef reversal-worker
        # Completion of reversal-worker. To use it, after compinit: source <(reversal-worker completion zsh)
        _reversal_worker() {
            local at='' word offered=''
            for word in "${(@)words[2,CURRENT-1]}"; do
        {{Follow(places)}}
            done
        {{Offer(places, "${words[CURRENT-1]}")}}
            compadd -- ${=offered} || _files
        }
        compdef _reversal_worker reversal-worker

        """;

    internal static string Fish(IReadOnlyList<CompletionPlace> places)
    {
        var script = new StringBuilder($$"""
            # Completion of reversal-worker. To use it: reversal-worker completion fish | source
            function __reversal_worker_at
                set -l at ''
                for word in (commandline -opc)[2..-1]
                    switch "$at $word"
                        case {{string.Join(' ', Below(places).Select(at => $"'{at}'"))}}
                            set at "$at $word"
                    end
                end
                test "$at" = "$argv[1]"
            end

            """);
        foreach (var place in places)
        {
            var start = $"complete -c reversal-worker -n \"__reversal_worker_at '{place.At}'\"";
            foreach (var (word, meaning) in place.Words)
            {
                script.Append(start).Append(" -f -a ").Append(word).AppendLine(Meaning(meaning));
            }

            foreach (var (option, values) in place.Options)
            {
                var value = option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0 ? ""
                    : values.Count > 0 ? $" -x -a '{string.Join(' ', values)}'"
                    : " -r";
                script.Append(start).Append(" -l ").Append(option.Name.TrimStart('-')).Append(value)
                    .AppendLine(Meaning(option.Description ?? ""));
            }
        }

        return script.ToString();
    }

    /// <summary>Leads from command to command; what is no command stays where it is.</summary>
    static string Follow(IReadOnlyList<CompletionPlace> places) => $"""
                case "$at $word" in
                    {string.Join(" | ", Below(places).Select(at => $"'{at}'"))}) at="$at $word" ;;
                esac
        """;

    static string Offer(IReadOnlyList<CompletionPlace> places, string before)
    {
        var words = from place in places
                    select $"        '{place.At}') offered='{string.Join(' ', place.Offered)}' ;;";
        var values = from place in places
                     from one in place.Options
                     where one.Values.Count > 0
                     select $"        '{place.At} {one.Option.Name}') " +
                         $"offered='{string.Join(' ', one.Values)}' ;;";
        return $"""
                case "$at" in
            {string.Join('\n', words)}
                esac
                case "$at {before}" in
            {string.Join('\n', values)}
                esac
            """;
    }

    static IEnumerable<string> Below(IReadOnlyList<CompletionPlace> places) =>
        places.Select(place => place.At).Where(at => at.Length > 0);

    static string Meaning(string text)
    {
        var escaped = text.Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("'", @"\'", StringComparison.Ordinal);
        return escaped.Length == 0 ? "" : $" -d '{escaped}'";
    }
}
