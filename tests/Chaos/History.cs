using System.Security.Cryptography;
using System.Text.Json;

namespace Reversals.Tests.Chaos;

/// <summary>What the sender knows of one publish.</summary>
enum SendOutcome
{
    /// <summary>The broker confirmed it.</summary>
    Ok,

    /// <summary>The broker gave it back: it is nowhere.</summary>
    Fail,

    /// <summary>The connection was lost before the answer: it may be there or not.</summary>
    Info,
}

/// <summary>
/// One publish. Authentic: signed with a key of a known client. The rest is what the sender meant; null when
/// the body holds no such thing.
/// </summary>
sealed record Sent
{
    public required int Number { get; init; }
    public required string Class { get; init; }
    public string? ClientId { get; init; }
    public required byte[] Body { get; init; }
    public string? Signature { get; init; }
    public required bool Authentic { get; init; }
    public required bool WellFormed { get; init; }
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public decimal? Amount { get; init; }
    public string? VirtualAccount { get; init; }
    public DateTimeOffset SentAt { get; init; }
    public DateTimeOffset AnsweredAt { get; init; }
    public SendOutcome Outcome { get; init; }

    /// <summary>What its caller was told; null: it went to the broker, or nobody answered.</summary>
    public Told? Told { get; init; }
}

/// <summary>An answer over HTTP.</summary>
sealed record Told
{
    internal const string Suspect = "BILLER_SUSPECT_TRANSACTION";
    static readonly string[] Fields = ["rc", "message", "timestamp", "data"];

    public required int Status { get; init; }
    public required byte[] Body { get; init; }

    /// <summary>Null: the body is not just rc, message, timestamp and data in this order.</summary>
    internal string? Rc => RcOf(Body);

    internal string Digest => Convert.ToHexString(SHA256.HashData(Body));

    /// <summary>Whether it says that it does not know.</summary>
    internal static bool IsSuspect(byte[] body) => RcOf(body) is Suspect;

    static string? RcOf(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.EnumerateObject().Select(field => field.Name).SequenceEqual(Fields, StringComparer.Ordinal)
                && json.RootElement.GetProperty("rc").ValueKind == JsonValueKind.String
                    ? json.RootElement.GetProperty("rc").GetString()
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One event at the tap.</summary>
sealed record Heard
{
    public required DateTimeOffset At { get; init; }
    public required string Exchange { get; init; }
    public required byte[] Body { get; init; }

    /// <summary>The message-id.</summary>
    public required string EventId { get; init; }

    public required bool Replayed { get; init; }

    /// <summary>The broker delivered it before, or meant to, and marks it so: AMQP keeps no order for these.</summary>
    public required bool Redelivered { get; init; }

    public string? ClientId { get; init; }
}

/// <summary>
/// A broken invariant: number 1–12, what is wrong in one line, the reference it is about (null: none), and
/// the lines of history that show it.
/// </summary>
sealed record Finding
{
    public required int Invariant { get; init; }
    public required string Text { get; init; }
    public string? ReferenceId { get; init; }
    public required IReadOnlyList<string> History { get; init; }
}
