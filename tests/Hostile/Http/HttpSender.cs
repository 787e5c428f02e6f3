using System.Collections.Concurrent;
using System.Net.Sockets;
using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Running;

namespace Reversals.Tests.Hostile.Http;

/// <summary>Asks a gateway over connections that stay, each request sent once.</summary>
sealed class HttpSender(int port) : IDisposable
{
    /// <summary>Beyond the longest time a gateway takes for an answer.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Each is used in its turn, so that none is idle for so long that it is closed.</summary>
    readonly ConcurrentQueue<HttpConnection> _idle = [];

    public void Dispose()
    {
        foreach (var connection in _idle)
        {
            connection.Dispose();
        }
    }

    /// <summary>Opens connections before they are needed.</summary>
    internal async Task OpenAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            _idle.Enqueue(await HttpConnection.OpenAsync(port, CancellationToken.None));
        }
    }

    /// <summary>Sends that many a second, a few at once, and hands each answer on.</summary>
    internal async Task SendAsync(
        IEnumerable<(int Number, Message Message)> messages, int rate, int atOnce, Action<int, RawAnswer?> hear)
    {
        var began = Stopwatch.GetTimestamp();
        var sent = 0;
        await Parallel.ForEachAsync(
            messages, new ParallelOptions { MaxDegreeOfParallelism = atOnce },
            async (one, _) =>
            {
                var due = TimeSpan.FromSeconds(Interlocked.Increment(ref sent) / (double)rate);
                if (due - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } early)
                {
                    await Task.Delay(early, CancellationToken.None);
                }

                hear(one.Number, await AskAsync(one.Message, Wire.Trace(one.Number)));
            });
    }

    /// <summary>Null: it was cut off, or not answered in time.</summary>
    internal async Task<RawAnswer?> AskAsync(Message message, string trace)
    {
        using var patience = new CancellationTokenSource(Patience);
        HttpConnection? connection = null;
        try
        {
            if (!_idle.TryDequeue(out connection))
            {
                connection = await HttpConnection.OpenAsync(port, patience.Token);
            }

            await connection.SendAsync(Bytes(message, trace), patience.Token);
            var answer = await connection.AnswerAsync(patience.Token);
            if (answer is not null
                && !string.Equals(answer.Header("Connection"), "close", StringComparison.OrdinalIgnoreCase))
            {
                _idle.Enqueue(connection);
                connection = null;
            }

            return answer;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return null;
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>The trace goes on into the event, so that each outcome finds its request.</summary>
    static byte[] Bytes(Message message, string trace) => HttpConnection.Request(
        "POST /reversal",
        [
            ("Content-Type", "application/json"), ("traceparent", trace),
            .. message.Headers.Select(header => (header.Key, Encoding.Latin1.GetString((byte[])header.Value!))),
        ],
        message.Body);
}
