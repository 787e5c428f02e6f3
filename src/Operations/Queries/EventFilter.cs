using System.Globalization;

namespace Reversals.Operations.Queries;

/// <summary>Which stored events are meant; what is null filters nothing.</summary>
sealed record EventFilter
{
    const int MostNamed = 5;

    /// <summary>These events only.</summary>
    public IReadOnlyList<Guid>? Ids { get; init; }

    /// <summary>Happened at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Happened before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>A client by its id.</summary>
    public string? ClientId { get; init; }

    /// <summary>One of the two kinds.</summary>
    public string? Kind { get; init; }

    /// <summary>As it stands in the audit; short, however many are meant.</summary>
    public override string ToString()
    {
        string?[] parts =
        [
            Ids is null ? null
                : string.Join(", ", Ids.Take(MostNamed))
                    + (Ids.Count > MostNamed ? $" and {Ids.Count - MostNamed} more" : ""),
            Since is null ? null : "since " + Text(Since.Value),
            Until is null ? null : "until " + Text(Until.Value),
            ClientId is null ? null : "client " + ClientId,
            Kind is null ? null : "kind " + Kind,
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);
}
