using System.CommandLine;
using System.Text;
using Reversals.Contracts;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Commands;

/// <summary>For integrators: the signature of a body, and whether one is right.</summary>
static class SignatureCommands
{
    static readonly Option<string?> Client = new("--client")
    {
        Description = "Use the keys of Clients:<client>:ApiKeys; may be left out when there is one client",
    };

    static readonly Option<string?> KeyFile = new("--key-file")
    {
        Description = "Use the key in this file instead (a key in the command line could be seen by others)",
    };

    internal static OperatorCommand Sign(CommandContext context)
    {
        var command = new OperatorCommand(
            "sign", "Print the Signature header for a body: the hex HMAC-SHA256 of its exact bytes",
            "printf '%s' '{\"payment_ref\":\"1234567890\"}' | reversal-worker sign --key-file ./key")
        {
            InputFile.Argument, Client, KeyFile,
        };
        return command.WithAction(context, async (parsed, stop) =>
        {
            var keys = await KeysAsync(context, parsed, stop);
            var signature = Signature.Compute(await InputFile.ReadAsync(parsed, stop), keys[0]);
            new CommandOutput(context, parsed.GetValue(OperatorCommand.Json))
                .Write(new { signature }, text => text.Line(signature));
            return ExitCode.Well;
        });
    }

    internal static OperatorCommand Verify(CommandContext context)
    {
        var given = new Argument<string>("signature") { Description = "Value of the Signature header" };
        var command = new OperatorCommand(
            "verify",
            "Tell whether a signature is the one of a body under any active key. Exit 1 when it is not",
            "reversal-worker verify 28e93f116de7…4867 body.json --client demo")
        {
            given, InputFile.Argument, Client, KeyFile,
        };
        return command.WithAction(context, async (parsed, stop) =>
        {
            var (signature, body) = (parsed.GetValue(given)!, await InputFile.ReadAsync(parsed, stop));
            var keys = await KeysAsync(context, parsed, stop);
            var valid = keys.Any(key => Signature.Verify(body, Encoding.UTF8.GetBytes(key), signature));
            var wellFormed = Signature.IsWellFormed(signature);
            new CommandOutput(context, parsed.GetValue(OperatorCommand.Json)).Write(
                new { valid, well_formed = wellFormed, bytes = body.Length },
                text => text.Line(valid ? "The signature is right."
                    : !wellFormed ? "A signature is 64 hex characters."
                    : $"The signature is not that of these {body.Length} bytes under any key given. Was it " +
                        "changed after signing, a line feed at its end for instance?"));
            return valid ? ExitCode.Well : ExitCode.Problem;
        });
    }

    static async Task<IReadOnlyList<string>> KeysAsync(
        CommandContext context, ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(KeyFile) is { } file)
        {
            var bytes = await InputFile.ReadAsync("--key-file", file, () => File.OpenRead(file), stop);
            using var text = new StreamReader(new MemoryStream(bytes));
            var key = (await text.ReadToEndAsync(stop)).TrimEnd('\r', '\n');
            return KeyRules.Problem("--key-file", key) is { } problem
                ? throw new UsageException(problem)
                : [key];
        }

        var configuration = context.Configuration();
        var clients = WorkerConfiguration.Clients(configuration);
        var name = parsed.GetValue(Client) ?? (clients.Count == 1 ? clients[0] : null);
        return name is null || !clients.Contains(name, StringComparer.Ordinal)
            ? throw new UsageException(
                $"Give --key-file, or --client with one of: {string.Join(", ", clients)}")
            : WorkerConfiguration.ReadOnly(configuration, $"Clients:{name}").Clients[name].ApiKeys;
    }
}
