using System.Threading.Channels;
using Reversals.RabbitMq;

namespace Reversals.Processing.Storage;

/// <summary>A committed event for the one caller of the gateway that waits for it.</summary>
sealed record AnswerCopy
{
    /// <summary>The replica of the gateway, which is where the copy goes.</summary>
    public required string Replica { get; init; }

    public required string CorrelationId { get; init; }

    public required string ClientId { get; init; }

    public required Guid EventId { get; init; }

    /// <summary>Null: a duplicate is answered, whose event stands in the database.</summary>
    public byte[]? Body { get; init; }

    internal bool IsReplay => Body is null;
}

/// <summary>
/// Between the commits and the sender of the answers. A copy that finds no room pushes out the oldest: its
/// caller asks again.
/// </summary>
sealed class AnswerHandoff
{
    /// <summary>The copies of a few large commits.</summary>
    const int Most = 2_000;

    readonly Channel<AnswerCopy> _copies = Channel.CreateBounded<AnswerCopy>(
        new BoundedChannelOptions(Most)
        {
            FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true,
        });

    /// <summary>What was committed, as far as callers of the gateway wait for it.</summary>
    internal void Add(IEnumerable<Outcome> committed)
    {
        foreach (var outcome in committed)
        {
            if (AnswerAddress.ReplicaOf(outcome.Request.CorrelationId) is { } replica)
            {
                _copies.Writer.TryWrite(new AnswerCopy
                {
                    Replica = replica,
                    CorrelationId = outcome.Request.CorrelationId!,
                    ClientId = outcome.Request.ClientId,
                    EventId = outcome.EventId,
                    Body = outcome.Event?.Body,
                });
            }
        }
    }

    /// <summary>Waits for copies; false: none will come any more.</summary>
    internal ValueTask<bool> WaitAsync(CancellationToken stop) => _copies.Reader.WaitToReadAsync(stop);

    /// <summary>The oldest that are there, up to a limit.</summary>
    internal List<AnswerCopy> Take(int most)
    {
        List<AnswerCopy> copies = [];
        while (copies.Count < most && _copies.Reader.TryRead(out var copy))
        {
            copies.Add(copy);
        }

        return copies;
    }

    /// <summary>Nothing is committed any more.</summary>
    internal void Complete() => _copies.Writer.TryComplete();
}
