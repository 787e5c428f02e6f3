using System.Net.Sockets;
using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Judging;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Http;

/// <summary>Callers that are slow, stop in the middle or say nothing at all: each is cut off in time.</summary>
sealed class SlowCallers(int port, Judgements judgements)
{
    /// <summary>A gateway's time for headers or a body, and what a busy machine may add.</summary>
    const double InTime = 5 + 10;

    /// <summary>Its time for a connection on which nothing is under way, likewise.</summary>
    const double Idle = 60 + 15;

    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(400);

    const string Head = "POST /reversal HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    static readonly byte[] Well = Bodies.Well(0);
    static readonly string Signature =
        $"Signature: {Gate.Sign(new Clients().Keys[Clients.Acme], Well)}\r\n";

    static readonly string Length =
        string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Well.Length}\r\n\r\n");

    internal Task JudgeAsync() => Task.WhenAll(
        JudgeAsync("slow headers", Head + "X-Slow: ", new string('x', 200), [0, 408], InTime),
        JudgeAsync("headers that stop", Head + "X-Half: ", "", [0, 408], InTime),
        JudgeAsync("a request line that stops", "POST /rev", "", [0, 408], InTime),
        JudgeAsync("a slow body", Head + Signature + Length, Text(Well), [408], InTime),
        JudgeAsync("a body that stops", Head + Signature + Length + "{\"pay", "", [408], InTime),
        JudgeAsync("a slow body that nobody signed", Head + Length, Text(Well), [0, 401, 408], InTime),
        JudgeAsync("slow chunks", Head + Signature + "Transfer-Encoding: chunked\r\n\r\n",
            string.Concat(Text(Well).Select(unit => $"1\r\n{unit}\r\n")), [408], InTime),
        JudgeAsync("chunks that stop", Head + Signature + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", "",
            [408], InTime),
        JudgeAsync("half a body and no more", Head + Signature + Length + "{", "", [0, 400, 408], InTime, ends: true),
        JudgeAsync("half of the headers and no more", Head, "", [0, 400, 408], InTime, ends: true),
        JudgeAsync("nothing but line ends", string.Concat(Enumerable.Repeat("\r\n", 20_000)), "", [0, 400, 408], Idle),
        JudgeAsync("nothing", "", "", [0, 408], Idle));

    /// <param name="name">What it does.</param>
    /// <param name="first">Sent at once.</param>
    /// <param name="slowly">Sent byte by byte afterwards.</param>
    /// <param name="allowed">Statuses it may be told; 0: cut off without a word.</param>
    /// <param name="seconds">Within which it must be cut off.</param>
    /// <param name="ends">It says that no more comes.</param>
    async Task JudgeAsync(
        string name, string first, string slowly, int[] allowed, double seconds, bool ends = false)
    {
        var began = Stopwatch.GetTimestamp();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            using var connection = await HttpConnection.OpenAsync(port, patience.Token);
            await connection.SendAsync(Encoding.Latin1.GetBytes(first), patience.Token);
            if (ends)
            {
                connection.EndSending();
            }

            var answer = await AnswerAsync(connection, slowly, patience.Token);
            judgements.Judge(allowed.Contains(answer?.Status ?? 0), $"slow callers: {name}",
                $"answered {answer?.Status.ToString(CultureInfo.InvariantCulture) ?? "with an end"}");
            judgements.Judge(answer is null || HttpAnswers.Mistake(answer) is null,
                "a slow caller is told so in the four fields", $"{name}: {(answer is null ? "" : HttpAnswers.Mistake(answer))}");
            if (answer is not null)
            {
                await connection.IsClosedAsync(patience.Token);
            }

            Report.Say(string.Create(CultureInfo.InvariantCulture,
                $"- {name}: {(answer is null ? "cut off" : answer.Status)} after " +
                $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            judgements.Judge(holds: false, "slow callers are cut off in time",
                $"{name}: not within {seconds} s ({error.Message})");
        }
    }

    static async Task<RawAnswer?> AnswerAsync(HttpConnection connection, string slowly, CancellationToken patience)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(patience);
        var (sending, hearing) =
            (DripAsync(connection, slowly, answered.Token), connection.AnswerAsync(patience));
        await Task.WhenAny(hearing);
        await answered.CancelAsync();
        await sending;
        return await hearing;
    }

    static async Task DripAsync(HttpConnection connection, string text, CancellationToken stop)
    {
        foreach (var unit in Encoding.Latin1.GetBytes(text))
        {
            await Task.Delay(Pace, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested || !await connection.SendAsync(new[] { unit }, CancellationToken.None))
            {
                return;
            }
        }
    }

    static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
