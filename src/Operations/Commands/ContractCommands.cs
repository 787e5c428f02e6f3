using System.CommandLine;
using Reversals.Contracts;

namespace Reversals.Operations.Commands;

/// <summary>What is on the wire, for machines: the documents of the package for neighbours.</summary>
static class ContractCommands
{
    internal static Command Create(CommandContext context) =>
        new("contract", "What is on the wire, as documents for tools")
        {
            AsyncApi(context), Schema(context),
        };

    static OperatorCommand AsyncApi(CommandContext context) => new OperatorCommand(
        "asyncapi", "Print the AsyncAPI 3 document: exchanges, messages, headers, schemas",
        "reversal-worker contract asyncapi >asyncapi.json")
        .WithAction(context, (_, stop) => PrintAsync(context, "asyncapi", stop));

    static OperatorCommand Schema(CommandContext context)
    {
        var name = new Argument<string>("name") { Description = "The exchange whose messages are described" };
        name.AcceptOnlyFromAmong(
            Wire.RequestExchange, Wire.PaymentReversedExchange, Wire.ReversalRejectedExchange);
        var command = new OperatorCommand(
            "schema", "Print the JSON Schema of the messages of an exchange",
            $"reversal-worker contract schema {Wire.PaymentReversedExchange}")
        {
            name,
        };
        return command.WithAction(context, (parsed, stop) =>
            PrintAsync(context, parsed.GetValue(name)!, stop));
    }

    /// <summary>With <c>--json</c> too: the document is JSON already.</summary>
    static async Task<int> PrintAsync(CommandContext context, string name, CancellationToken stop)
    {
        var stream = typeof(ContractCommands).Assembly.GetManifestResourceStream($"Contract/{name}.json")
            ?? throw new InvalidOperationException($"{name}.json is not in this program");
        using var reader = new StreamReader(stream);
        await context.Out.WriteAsync(await reader.ReadToEndAsync(stop));
        return ExitCode.Well;
    }
}
