using System.Threading.Channels;
using Reversals.Processing.Batching;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// What ours would be with a timer: a batch is committed when it is full or its first message has waited 20
/// ms.
/// The time counts from the arrival, also while the commit before is still under way – the kindest form of
/// it.
/// </summary>
sealed class TimedBatches(int limit, ReversalBatch batch)
{
    static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(20);

    readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(2 * limit));

    internal async Task SubmitAsync(ReversalRequest request)
    {
        var waiting = new Waiting(request, TimeProvider.System.GetTimestamp());
        await _waiting.Writer.WriteAsync(waiting);
        await waiting.Done.Task;
    }

    internal async Task RunAsync()
    {
        var taken = new List<Waiting>(limit);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            Take(taken);
            if (taken.Count == 0)
            {
                continue;
            }

            var left = Longest - TimeProvider.System.GetElapsedTime(taken[0].ArrivedAt);
            if (taken.Count < limit && left > TimeSpan.Zero)
            {
                // Nobody fills a batch in 20 ms on the machines this is for; one that was full did not wait.
                await Task.Delay(left);
                Take(taken);
            }

            await batch.CommitAsync([.. taken.Select(waiting => waiting.Request)], isAlone: false, CancellationToken.None);
            taken.ForEach(waiting => waiting.Done.TrySetResult());
            taken.Clear();
        }
    }

    void Take(List<Waiting> taken)
    {
        while (taken.Count < limit && _waiting.Reader.TryRead(out var waiting))
        {
            taken.Add(waiting);
        }
    }

    sealed class Waiting(ReversalRequest request, long arrivedAt)
    {
        internal ReversalRequest Request { get; } = request;

        internal long ArrivedAt { get; } = arrivedAt;

        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
