using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>
/// Ends a channel or a connection, and nobody waits long for that: a broker that hangs, or that waits for a
/// node that does, answers the end of neither.
/// </summary>
readonly struct QuickEnd(IAsyncDisposable thing) : IAsyncDisposable
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public ValueTask DisposeAsync() => OfAsync(thing);

    internal static async ValueTask OfAsync(IAsyncDisposable thing)
    {
        var ending = thing.DisposeAsync().AsTask();
        if (await Task.WhenAny(ending, Task.Delay(Longest)) == ending)
        {
            await ending;
            return;
        }

        if (thing is IConnection connection)
        {
            BrokerNodes.Failed(connection);
        }

        // Nobody is left to hear of its fault.
        _ = ending.ContinueWith(
            late => late.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
