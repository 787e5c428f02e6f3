using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>
/// Finds the requests of a batch whose message was finally rejected earlier. Only those are looked up that
/// may have been: few are.
/// </summary>
static class EarlierRefusals
{
    /// <summary>
    /// A request that is decided within this time of being sent has no successor that was told no: nobody
    /// gives up waiting so soon. Timestamps have whole seconds, and clocks differ a little.
    /// </summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    internal static void AddTo(NpgsqlBatch batch, IReadOnlyList<ReversalRequest> requests)
    {
        ReversalRequest[] repeated = [.. requests.Where(request => request.Delivery is { IsRepeated: true })];
        if (repeated.Length > 0)
        {
            batch.BatchCommands.Add(Messages(repeated));
        }

        ReversalRequest[] late = [.. requests.Where(IsLate)];
        if (late.Length > 0)
        {
            batch.BatchCommands.Add(Keys(late));
        }
    }

    /// <summary>Whoever waits for its payment is not told no for good.</summary>
    static bool IsLate(ReversalRequest request) =>
        request is { Delivery: not null, Key: not null, PendingFor: { Ticks: 0 }, Pending: null }
        && request.ReceivedAt - request.SentAt > Soon;

    static NpgsqlBatchCommand Messages(IReadOnlyList<ReversalRequest> repeated) => new(Sql.FindTold)
    {
        Parameters =
        {
            Parameter.Texts(repeated, request => request.ClientId),
            Parameter.Byteas(repeated, request => request.Delivery!.Hash()),
        },
    };

    static NpgsqlBatchCommand Keys(IReadOnlyList<ReversalRequest> late) => new(Sql.FindToldKey)
    {
        Parameters =
        {
            Parameter.Texts(late, request => request.ClientId),
            Parameter.Byteas(late, request => request.Delivery!.Hash()),
            Parameter.Texts(late, request => request.Key),
            Parameter.Times(late, request => request.SentAt.UtcDateTime),
            Parameter.Interval(Soon),
        },
    };
}
