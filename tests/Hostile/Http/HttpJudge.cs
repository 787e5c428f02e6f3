using System.Collections.Concurrent;
using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Judging;

namespace Reversals.Tests.Hostile.Http;

/// <summary>Holds each request against its answer and what became of it behind the gateway.</summary>
sealed class HttpJudge(HttpGate gate, Judgements judgements)
{
    const string Rule = "requests over HTTP";

    readonly ConcurrentDictionary<int, RawAnswer?> _answers = new();

    /// <summary>Cases that are authentic in one of the two protocols only.</summary>
    internal int LeftOut { get; private set; }

    /// <summary>Those of which both protocols think the same.</summary>
    internal List<Case> Take(List<Case> cases)
    {
        List<Case> kept = [.. cases.Where(one => IsAuthentic(one) == one.Allowed.Any(Answers.IsReason))];
        LeftOut = cases.Count - kept.Count;
        return kept;
    }

    internal void Hear(int number, RawAnswer? answer) => _answers[number] = answer;

    internal void Judge(List<Case> cases)
    {
        foreach (var (number, one) in cases.Index())
        {
            judgements.Judge("over HTTP", Mistake(one, _answers.GetValueOrDefault(number)), $"{one.Origin}, {one.Place}",
                one.Message);
        }
    }

    bool IsAuthentic(Case one) => gate.Refusals(one.Message).Length == 0;

    string? Mistake(Case one, RawAnswer? answer)
    {
        if (answer is null)
        {
            // Of what is too large nothing is read: its sender may still be at it when it is cut off.
            return gate.Refusals(one.Message) is [413] && one.Outcomes.Count == 0 ? null : $"{Rule}: no answer";
        }

        if (HttpAnswers.Mistake(answer) is { } mistake)
        {
            return $"{Rule}: {mistake}";
        }

        if (!IsAuthentic(one))
        {
            return one.Outcomes.Count > 0 ? $"{Rule}: published, and nobody proved it"
                : !gate.Refusals(one.Message).Contains(answer.Status)
                    ? $"{Rule}: status {answer.Status}, expected {string.Join(" or ", gate.Refusals(one.Message))}"
                    : null;
        }

        var (_, wrong) = Answers.Judge(one);
        return wrong ?? (answer.Status is not 200 ? $"{Rule}: status {answer.Status} of an authentic one"
            : !answer.Body.AsSpan().SequenceEqual(HttpAnswers.Of(one.Outcomes[0].Event!))
                ? $"{Rule}: other bytes than its event has"
                : null);
    }
}
