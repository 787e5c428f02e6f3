using Reversals.Operations.Queries;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Actions;

/// <summary>
/// Sends what is kept of a client that is paused no longer, in the order of its arrival, until nothing is
/// left that can be sent: workers may keep some more until they hear that they need not.
/// </summary>
sealed class PausedReplay(QuarantineReplay replay)
{
    /// <param name="terms">Whose, and how.</param>
    /// <param name="progress">Told of each commit's messages.</param>
    /// <param name="stop">Ends it after the messages of the current commit.</param>
    internal async Task<ReplayReport> RunAsync(
        ReplayTerms terms, IProgress<IReadOnlyList<ReplayedMessage>> progress, CancellationToken stop)
    {
        List<ReplayedMessage> before = [];
        while (true)
        {
            var last = await replay.RunAsync(terms, progress, stop);
            if (last.End != ReplayEnd.Complete || !last.Messages.Any(one => one.IsSent))
            {
                return last with
                {
                    Messages = [.. before, .. last.Messages], Meant = before.Count + last.Meant,
                };
            }

            // What a late worker has kept once more is in the next round, and so is what was not sent.
            before.AddRange(last.Messages.Where(one => one.IsSent && !one.IsKeptAgain));
        }
    }

    /// <summary>What is kept of this client.</summary>
    internal static QuarantineFilter Of(string client) => new() { Cause = Pause.Cause, ClientId = client };
}
