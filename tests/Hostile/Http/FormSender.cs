using System.Net.Sockets;
using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Judging;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Http;

/// <summary>Sends each broken form on a connection of its own, and requests one behind the other on one.</summary>
sealed class FormSender(int port, Judgements judgements)
{
    const int Pipelined = 50;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Behind = TimeSpan.FromMilliseconds(300);

    /// <summary>Signed requests that it sends, each of which ends in an event.</summary>
    internal const int Signed = Pipelined / 2;

    internal async Task JudgeAsync()
    {
        foreach (var form in BrokenForm.All)
        {
            await JudgeAsync(form);
        }

        await JudgePipeliningAsync();
    }

    async Task JudgeAsync(BrokenForm form)
    {
        using var patience = new CancellationTokenSource(Patience);
        List<RawAnswer> answers = [];
        string? wrong = null;
        try
        {
            using var connection = await HttpConnection.OpenAsync(port, patience.Token);
            await connection.SendAsync(form.Bytes, patience.Token);
            while (await connection.AnswerAsync(patience.Token) is { } answer)
            {
                answers.Add(answer);
                // Whatever was smuggled in behind it would be answered at once.
                patience.CancelAfter(Behind);
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or InvalidDataException)
        {
            wrong = error is not OperationCanceledException ? error.Message
                : answers.Count == 0 ? "neither an answer nor an end" : null;
        }

        int[] statuses = answers.Count == 0 ? [0] : [.. answers.Select(answer => answer.Status)];
        wrong ??= answers.Select(HttpAnswers.Mistake).FirstOrDefault(mistake => mistake is not null)
            ?? (statuses.All(form.Allowed.Contains) ? null
                : $"answered {string.Join(", ", statuses)}, expected {string.Join(" or ", form.Allowed)}");
        judgements.Judge(wrong is null, "broken forms of HTTP", $"{form.Name}: {wrong}");
    }

    /// <summary>Each of many requests on one connection has its own answer, in their order.</summary>
    async Task JudgePipeliningAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var connection = await HttpConnection.OpenAsync(port, patience.Token);
        List<byte> all = [];
        for (var number = 0; number < Pipelined; number++)
        {
            var signed = number % 2 == 0;
            var body = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{number}"));
            all.AddRange(HttpConnection.Request(
                signed ? "POST /reversal" : "GET /reversal",
                [("Signature", Gate.Sign(new Clients().Keys[Clients.Acme], body))], body));
        }

        await connection.SendAsync(all.ToArray(), patience.Token);
        List<int> statuses = [];
        while (statuses.Count < Pipelined && await connection.AnswerAsync(patience.Token) is { } answer)
        {
            statuses.Add(HttpAnswers.Mistake(answer) is null ? answer.Status : 0);
        }

        judgements.Judge(
            statuses.SequenceEqual(Enumerable.Range(0, Pipelined).Select(number => number % 2 == 0 ? 200 : 405)),
            "each of many requests in one go has its own answer", string.Join(", ", statuses));
    }
}
