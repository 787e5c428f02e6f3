using Reversals.Tests.Hostile.Reading;

namespace Reversals.Tests.Hostile.Judging;

/// <summary>What people read: a line for each kind of corpus, then what went wrong.</summary>
static class Report
{
    internal static void Corpus(Corpus corpus)
    {
        Say($"- {corpus.Files.Values.Sum()} files: " +
            string.Join(", ", corpus.Files.Select(kind => $"{kind.Value} {kind.Key}")) +
            $"; {corpus.Texts.Count} texts, {corpus.Vectors.Count} vectors");
        foreach (var line in corpus.Unknown)
        {
            Say($"- not taken as it is: {line}");
        }
    }

    internal static void Table(Judgements judgements)
    {
        Say("");
        Say($"{"corpus",-12} {"inputs",9} {"applied",8} {"rejected",9} {"quarantined",12} {"wrong",6}");
        foreach (var (kind, tally) in judgements.Tallies)
        {
            var applied = tally.Count(Answers.IsApplied);
            var rejected = tally.Count(Answers.IsReason) - applied;
            Say($"{kind,-12} {tally.Inputs,9:#,0} {applied,8:#,0} {rejected,9:#,0} " +
                $"{tally.Inputs - applied - rejected,12:#,0} {tally.Wrong,6:#,0}");
        }

        Say("");
        foreach (var (kind, tally) in judgements.Tallies)
        {
            Say($"{kind,-12} " + string.Join(", ", tally.Ends.OrderByDescending(end => end.Value)
                .Select(end => string.Create(CultureInfo.InvariantCulture, $"{end.Key} {end.Value:#,0}"))));
        }

        Say("");
    }

    internal static void Failures(Judgements judgements)
    {
        foreach (var (rule, count, examples) in judgements.Failures)
        {
            Say($"FAILED {count} times: {rule}");
            foreach (var example in examples)
            {
                Say($"    - {example}");
            }
        }
    }

    internal static void Say(string line) => Console.WriteLine(line);
}
