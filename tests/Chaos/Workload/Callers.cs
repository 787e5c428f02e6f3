using System.Net.Sockets;

namespace Reversals.Tests.Chaos.Workload;

/// <summary>
/// Those who ask the gateways over HTTP. Each try has a connection of its own and is sent once: what its
/// caller knows of it afterwards is exact.
/// </summary>
sealed class Callers(IReadOnlyList<int> ports) : IDisposable
{
    /// <summary>
    /// Callers at once. Each asks again what it was not told; without a limit and a longer and longer pause they
    /// alone would keep the workers busy after an outage.
    /// </summary>
    const int AtOnce = 120;

    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Longer than a gateway waits for an answer, shorter than one is paused for.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    readonly SemaphoreSlim _atOnce = new(AtOnce);

    public void Dispose() => _atOnce.Dispose();

    /// <summary>Tries until there is nothing more to learn, or once.</summary>
    internal async Task AskAsync(Request request, Func<Task<Sent>> tryAsync)
    {
        await _atOnce.WaitAsync();
        try
        {
            var pause = FirstPause;
            while (!IsOver(request, await tryAsync()))
            {
                await Task.Delay(pause);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        finally
        {
            _atOnce.Release();
        }
    }

    /// <summary>One try at one of the gateways, and what is known of it afterwards.</summary>
    internal async Task<(SendOutcome Outcome, Told? Told)> TryAsync(Request request, int turn)
    {
        using var patience = new CancellationTokenSource(Patience);
        var connected = false;
        try
        {
            using var connection = await HttpConnection.OpenAsync(ports[turn % ports.Count], patience.Token);
            connected = true;
            await connection.SendAsync(Bytes(request, turn), patience.Token);
            var answer = await connection.AnswerAsync(patience.Token);
            return answer is null
                ? (SendOutcome.Info, null)
                : (OutcomeOf(answer), new Told { Status = answer.Status, Body = answer.Body });
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            // What never left for a gateway is nowhere.
            return (connected ? SendOutcome.Info : SendOutcome.Fail, null);
        }
    }

    /// <summary>What was sent nowhere was not asked at all.</summary>
    static bool IsOver(Request request, Sent sent) =>
        sent.Outcome is SendOutcome.Ok || sent.Told is { Status: >= 400 and < 500 and not 408 }
        || (request.AskedOnce && (sent.Told is not null || sent.Outcome is SendOutcome.Info));

    static SendOutcome OutcomeOf(RawAnswer answer) => answer.Status switch
    {
        200 when Told.IsSuspect(answer.Body) => SendOutcome.Info,
        200 => SendOutcome.Ok,
        503 or (>= 400 and < 500) => SendOutcome.Fail,
        _ => SendOutcome.Info,
    };

    /// <summary>Every other caller leaves it to its key to say who it is.</summary>
    static byte[] Bytes(Request request, int turn)
    {
        List<(string, string)> headers = [("Content-Type", "application/json"), ("Connection", "close")];
        if (request.Signature is { } signature)
        {
            headers.Add(("Signature", signature));
        }

        if (request.ClientId is { } client && (turn % 2 == 0 || !request.Authentic))
        {
            headers.Add(("Client-Id", client));
        }

        return HttpConnection.Request("POST /reversal", headers, request.Body);
    }
}
