namespace Reversals.Tests.Chaos;

/// <summary>Gathers what is broken, the first of each invariant with the lines that show it.</summary>
sealed class Verdict(Evidence evidence)
{
    /// <summary>A broken worker breaks thousands of times; the first few tell how.</summary>
    const int MostHistories = 5;

    const int MostLines = 40;

    readonly List<Finding> _findings = [];
    readonly Dictionary<int, int> _told = [];

    internal IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Something is wrong about a reference.</summary>
    internal void Add(int invariant, Key key, string text) => Add(
        invariant, $"{key}: {text}", key.Reference, () => History(key));

    /// <summary>Something is wrong about a bill.</summary>
    internal void Add(int invariant, long billId, string text) => Add(
        invariant, string.Create(CultureInfo.InvariantCulture, $"bill {billId}: {text}"), reference: null,
        () => History(billId));

    /// <summary>Something is wrong about the whole.</summary>
    internal void Add(int invariant, string text) => Add(invariant, text, reference: null, () => []);

    void Add(int invariant, string text, string? reference, Func<IEnumerable<Line>> history)
    {
        var told = _told.GetValueOrDefault(invariant);
        _told[invariant] = told + 1;
        _findings.Add(new Finding
        {
            Invariant = invariant,
            Text = text,
            ReferenceId = reference,
            History = told < MostHistories ? Tell([.. history().OrderBy(line => line.At)]) : [],
        });
    }

    static string[] Tell(Line[] lines)
    {
        string[] told =
        [
            .. lines.Take(MostLines).Select(line => string.Create(
                CultureInfo.InvariantCulture, $"{line.At.ToUniversalTime():HH:mm:ss.fff} {line.Text}")),
        ];
        return lines.Length > MostLines ? [.. told, $"… and {lines.Length - MostLines} more"] : told;
    }

    IEnumerable<Line> History(Key key) =>
    [
        .. evidence.Asked[key].Concat(evidence.Forged[key]).Select(Of),
        .. evidence.Reversals[key].Select(Of),
        .. evidence.EventsOfKey[key].Select(row => new Line(
            new DateTimeOffset(row.OccurredAt), $"event    {row.EventId} {row.Kind} {row.Reason}")),
        .. evidence.HeardOfKey[key].Select(Of),
    ];

    IEnumerable<Line> History(long billId) =>
    [
        .. evidence.ReversalsOfBill[billId].Select(Of),
        .. evidence.ReversalsOfBill[billId].SelectMany(row => evidence.Copies[row.EventId]).Select(Of),
    ];

    static Line Of(Sent sent) => new(sent.SentAt, string.Create(
        CultureInfo.InvariantCulture,
        $"sent     #{sent.Number} {sent.Class}, {sent.Outcome}: reference_id {sent.ReferenceId ?? "-"}, " +
        $"payment_ref {sent.PaymentRef ?? "-"}, amount {(sent.Amount is { } asked ? $"{asked}" : "-")}" +
        $"{(sent.Authentic ? "" : ", forged")}{(sent.WellFormed ? "" : ", malformed")}" +
        $"{(sent.Told is { } told ? $", told {told.Status} {told.Rc}" : "")}"));

    static Line Of(ReversalRow row) => new(new DateTimeOffset(row.ReversedAt), string.Create(
        CultureInfo.InvariantCulture,
        $"applied  {row.ReferenceId}: {row.Amount} of payment {row.PaymentId}, bill {row.BillId}"));

    static Line Of(HeardEvent heard) => new(heard.Heard.At, string.Create(
        CultureInfo.InvariantCulture,
        $"heard    {heard.Heard.EventId} {heard.Body?.Reason ?? "unreadable"} of " +
        $"{heard.Body?.ReferenceId ?? "-"}, amount {heard.Body?.Amount ?? "-"}, " +
        $"bill_version {heard.Body?.BillVersion ?? "-"}" +
        $"{(heard.Heard.Replayed ? ", replayed" : "")}"));

    readonly record struct Line(DateTimeOffset At, string Text);
}
