using System.Globalization;

namespace Reversals.Operations.Queries;

/// <summary>Which messages of the quarantine are meant; what is null filters nothing.</summary>
sealed record QuarantineFilter
{
    /// <summary>Code of a reason.</summary>
    public string? Cause { get; init; }

    /// <summary>Received at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The Client-Id header as it came.</summary>
    public string? ClientId { get; init; }

    /// <summary>These rows only.</summary>
    public IReadOnlyList<long>? Ids { get; init; }

    /// <summary>Those too that somebody dealt with; for lists only.</summary>
    public bool All { get; init; }

    /// <summary>As it stands in the audit.</summary>
    public override string ToString()
    {
        string?[] parts =
        [
            Ids is null ? null : "ids " + string.Join(", ", Ids.Take(20)) + (Ids.Count > 20 ? ", …" : ""),
            Cause is null ? null : "cause " + Cause,
            Since is { } since
                ? "since " + since.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)
                : null,
            ClientId is null ? null : "client " + ClientId,
        ];
        var text = string.Join(", ", parts.OfType<string>());
        return text.Length == 0 ? "everything open" : text;
    }
}
