using System.Numerics;
using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Reading;
using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile.Judging;

/// <summary>Holds everything that can be seen afterwards against what may be there.</summary>
sealed class Judge(IReadOnlyList<Case> cases, int forged, Gate gate, Judgements judgements)
{
    readonly byte[] _forgedRows = new byte[forged];
    int _strangers;

    /// <summary>Each message on its own: one outcome, and the right one.</summary>
    internal async Task MessagesAsync(HeardOutcomes tap, Books books)
    {
        foreach (var (number, outcome) in tap.TakeAnswers())
        {
            if (number < cases.Count)
            {
                cases[number].Outcomes.Add(outcome);
            }
            else
            {
                Forged(number, "an event that answers a forged message");
            }
        }

        await foreach (var row in books.QuarantineAsync())
        {
            Add(row);
        }

        foreach (var one in cases)
        {
            var (end, wrong) = Answers.Judge(one);
            var tally = judgements.Of(one.Kind);
            tally.Inputs++;
            tally.Add(end);
            judgements.Judge(one.Kind, wrong, $"{one.Origin}, {one.Place}", one.Message);
        }

        for (var number = 0; number < forged; number++)
        {
            if (_forgedRows[number] == 0)
            {
                Forged(number + cases.Count, "silence: a forged message that is not in the quarantine");
            }
        }

        var told = await books.QuarantineHoldingAsync(HeaderCases.Credential);
        judgements.Judge(told == 0, "no credential is kept", $"{told} rows hold one");
        judgements.Judge(_strangers + tap.Strangers == 0, "every event and every row answers a message",
            $"{_strangers} rows and {tap.Strangers} events answer none, or a good message twice");
    }

    /// <summary>The books hold what the events said, to the cent, and nothing else.</summary>
    internal async Task BooksAsync(Books books, IReadOnlyCollection<SeededPayment> payments, GoodTraffic good)
    {
        var rows = await books.ReversalsAsync();
        var applied = cases.Where(one => one.Key is not null && one.Outcomes.Count == 1
                && one.Outcomes[0].Event is { } body && JsonReader.ReadAny(body) is { } answer
                && Answers.IsApplied(answer["reason"]?.Text ?? ""))
            .ToDictionary(one => one.Key!.Value, one => one);
        foreach (var row in rows.Where(row => row.Client is not Clients.Good))
        {
            var known = applied.Remove((row.Client, row.Key), out var one);
            judgements.Judge(known && row.PaymentId == one!.Payment!.Id
                    && (one.Cents is null || IsCents(row.Cents, one.Cents.Value)),
                "a reversal in the books is one that was asked for, of its payment and its amount",
                $"{row.Client} {row.Key}: {row.Cents} cents of payment {row.PaymentId}");
        }

        judgements.Judge(applied.Count == 0, "what is said to be applied is in the books",
            string.Join(", ", applied.Keys.Take(10)));
        var reversed = await books.ReversedAsync();
        foreach (var payment in payments)
        {
            judgements.Judge(IsCents(reversed[payment.Id], payment.Taken),
                "a payment has lost exactly what its reversals took",
                $"payment {payment.PaymentRef} of {payment.Client}: {reversed[payment.Id]} cents, " +
                $"expected {payment.Taken}");
        }

        var apart = await books.BillsApartAsync();
        judgements.Judge(
            apart == 0, "each bill has paid what its payments have left", $"{apart} bills have not");
        var wanted = rows.Count(row => row.Client is Clients.Good);
        judgements.Judge(wanted == good.Count, "the good traffic is applied, all of it, once",
            $"{wanted} of {good.Count} reversals");
    }

    void Add(QuarantineRow row)
    {
        if (Wire.Number(row.Trace) is not { } number || number >= cases.Count + forged)
        {
            _strangers++;
        }
        else if (number < cases.Count)
        {
            var same = row.IsOf(cases[number].Message.Body);
            var cause = same ? row.Cause : row.Cause + ", other bytes";
            cases[number].Outcomes.Add(new Outcome { Cause = cause });
        }
        else
        {
            var message = Forgeries.Make(number - cases.Count);
            var tally = judgements.Of(Kind.Forged);
            tally.Inputs++;
            tally.Add(row.Cause);
            var again = _forgedRows[number - cases.Count]++ > 0;
            Forged(number, again ? "a forged message twice in the quarantine"
                : !row.IsOf(message.Body) ? "other bytes in the quarantine"
                : gate.Check(message).Contains(row.Cause, StringComparer.Ordinal) ? null
                : $"a forged message with the cause {row.Cause}");
        }
    }

    void Forged(int number, string? wrong) => judgements.Judge(Kind.Forged, wrong,
        $"forged: {Forgeries.Way(number - cases.Count)}", Forgeries.Make(number - cases.Count));

    static bool IsCents(string found, BigInteger cents) => string.Equals(
        found, cents.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
