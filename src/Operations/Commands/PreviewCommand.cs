using System.CommandLine;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Operations.Queries;
using Reversals.Processing.Inbound;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Commands;

/// <summary>What the worker would answer now, with nothing done.</summary>
static class PreviewCommand
{
    static readonly Option<string?> Signature = new("--signature")
    {
        Description = "Value of the Signature header, as sign prints it",
    };

    static readonly Option<string?> Client = new("--client")
    {
        Description = "Value of the Client-Id header; may be left out when there is one client",
    };

    static readonly Option<string?> PendingFor = new("--pending-for")
    {
        Description = "Value of the Pending-For header: how many seconds the request waits for its payment",
    };

    internal static OperatorCommand Create(CommandContext context)
    {
        var sent = SharedOptions.Since(context, "The request was sent");
        var command = new OperatorCommand(
            "preview",
            "Tell what the worker would answer to a signed request now. Nothing is sent, changed or " +
            "locked: it is verified, read and decided as the worker does it, in a transaction that can " +
            "only read. Exit 1 when it would be rejected or quarantined",
            "reversal-worker preview body.json --signature 28e93f116de7…4867 --client demo")
        {
            InputFile.Argument, Signature, Client, PendingFor, sent,
        };
        return command.WithAction(context, Needs.DatabaseAndKeys, async (parsed, output, options, stop) =>
        {
            var body = await InputFile.ReadAsync(parsed, stop);
            await using var database = CommandContext.Open(options);
            var found = (await new Preview(database, SnapshotSource.ForOperator, options, context.Clock)
                .DecideAsync([Message(parsed, body, parsed.GetValue(sent))], stop))[0];
            var answer = PreviewAnswer.Of(found, Redactor.For(options));
            output.Write(answer, text => Print(text, answer));
            return answer.IsRefused ? ExitCode.Problem : ExitCode.Well;
        });
    }

    /// <summary>As it would come from the broker.</summary>
    static ReceivedMessage Message(ParseResult parsed, byte[] body, DateTimeOffset? sent)
    {
        var properties = new BasicProperties
        {
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal),
        };
        (string Name, string? Value)[] headers =
        [
            (Wire.SignatureHeader, parsed.GetValue(Signature)),
            (Wire.ClientIdHeader, parsed.GetValue(Client)),
            (Wire.PendingForHeader, parsed.GetValue(PendingFor)),
        ];
        foreach (var (name, value) in headers.Where(header => header.Value is not null))
        {
            properties.Headers[name] = value;
        }

        if (sent is { } time)
        {
            properties.Timestamp = new AmqpTimestamp(time.ToUnixTimeSeconds());
        }

        return ReceivedMessage.Read(body, properties);
    }

    static void Print(CommandOutput output, PreviewAnswer answer) => output.Table(
        ["field", "value"],
        [
            ["would be", answer.Decision.ToString().ToLowerInvariant()],
            ["reason", $"{answer.Reason}: {answer.Meaning}"],
            ["rc, message", answer.Rc is null ? null : $"{answer.Rc}, {answer.Message}"],
            ["client", answer.ClientId],
            ["reference_id", answer.ReferenceId],
            ["payment_ref", answer.PaymentRef],
            ["amount", Format.Amount(answer.Amount)],
            ["left of the payment then", Format.Amount(answer.Remaining)],
            ["bill then", answer.Bill is { } bill
                ? $"{bill.Status}, {Format.Amount(bill.PaidAmount)} paid, version {bill.Version}"
                : null],
            ["pending until (UTC)", Format.At(answer.PendingUntil?.UtcDateTime)],
            ["event", answer.EventId?.ToString()],
        ]);
}
