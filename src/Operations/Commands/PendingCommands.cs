using System.CommandLine;
using System.Globalization;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Commands;

/// <summary>Requests that came before their payment.</summary>
static class PendingCommands
{
    internal static Command Create(CommandContext context) =>
        new("pending", "Requests that wait for their payment") { List(context) };

    static OperatorCommand List(CommandContext context)
    {
        var limit = SharedOptions.Limit(50, "Most rows to list");
        var client = new Option<string?>("--client") { Description = "Only of this client" };
        var command = new OperatorCommand(
            "list", "List the requests that wait for their payment, oldest first, and until when",
            "reversal-worker pending list --client demo")
        {
            client, limit,
        };
        return command.WithAction(context, Needs.Database, async (parsed, output, options, stop) =>
        {
            await using var database = CommandContext.Open(options);
            var redactor = Redactor.For(options);
            var waiting = (await new PendingQuery(database).ListAsync(
                parsed.GetValue(client), parsed.GetValue(limit), stop)).ConvertAll(redactor.Of);
            output.Write(waiting, text => text.Table(
                ["id", "client", "reference_id", "payment_ref", "amount", "sent (UTC)", "until (UTC)"],
                waiting.Select(one => (string?[])
                [
                    one.Id.ToString(CultureInfo.InvariantCulture), one.ClientId, one.ReferenceId,
                    one.PaymentRef, one.Amount?.ToString(CultureInfo.InvariantCulture),
                    Format.At(one.SentAt), Format.At(one.PendingUntil),
                ])));
            return ExitCode.Well;
        });
    }
}
