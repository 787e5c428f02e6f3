using System.CommandLine;
using System.Text;
using Reversals.Contracts;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Commands;

/// <summary>For integrators: the signature of a body, and whether one is right.</summary>
static class SignatureCommands
{
    /// <summary>Far beyond any message; a device would never end.</summary>
    const int MostBytes = 16 * 1024 * 1024;

    static readonly Argument<string> File = new("file")
    {
        Description = "File with the exact bytes of the body; - is the standard input",
        DefaultValueFactory = _ => "-",
    };

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
            File, Client, KeyFile,
        };
        return command.WithAction(context, async (parsed, stop) =>
        {
            var keys = await KeysAsync(context, parsed, stop);
            var signature = Signature.Compute(await BodyAsync(parsed, stop), keys[0]);
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
            given, File, Client, KeyFile,
        };
        return command.WithAction(context, async (parsed, stop) =>
        {
            var (signature, body) = (parsed.GetValue(given)!, await BodyAsync(parsed, stop));
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

    static async Task<byte[]> BodyAsync(ParseResult parsed, CancellationToken stop)
    {
        var file = parsed.GetValue(File)!;
        return await ReadAsync("file", file, () => file is "-"
            ? Console.OpenStandardInput()
            : System.IO.File.OpenRead(file), stop);
    }

    static async Task<IReadOnlyList<string>> KeysAsync(
        CommandContext context, ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(KeyFile) is { } file)
        {
            var bytes = await ReadAsync("--key-file", file, () => System.IO.File.OpenRead(file), stop);
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

    static async Task<byte[]> ReadAsync(
        string name, string file, Func<Stream> open, CancellationToken stop)
    {
        try
        {
            await using var input = open();
            using var content = new MemoryStream();
            var piece = new byte[64 * 1024];
            while (await input.ReadAsync(piece, stop) is var count and > 0)
            {
                await content.WriteAsync(piece.AsMemory(0, count), stop);
                if (content.Length > MostBytes)
                {
                    throw new UsageException(
                        $"{name}: expected at most {MostBytes} bytes, found more in {file}");
                }
            }

            return content.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw new UsageException($"{name}: expected a file that can be read; {error.Message}");
        }
    }
}
