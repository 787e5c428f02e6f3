using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Operations.Queries;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Commands;

/// <summary>What a command needs from outside: the settings and the operator's terminal.</summary>
sealed record CommandContext
{
    /// <summary>Reads the settings when a command needs them.</summary>
    public required Func<IConfiguration> Configuration { get; init; }

    /// <summary>Runs the worker until it is asked to stop, and tells how that went.</summary>
    public required Func<CancellationToken, Task<int>> RunWorkerAsync { get; init; }

    public required TextReader In { get; init; }
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }

    /// <summary>Somebody sits at a terminal and can be asked.</summary>
    public required bool CanAsk { get; init; }

    /// <summary>The output is a screen that can be cleared.</summary>
    public required bool IsScreen { get; init; }

    /// <summary>Columns that a table may take.</summary>
    public int Width { get; init; } = Table.Widest;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal static CommandContext OfProcess(Func<CancellationToken, Task<int>> runWorkerAsync) => new()
    {
        RunWorkerAsync = runWorkerAsync,
        Configuration = SettingSources.Load,
        In = Console.In,
        Out = Console.Out,
        Error = Console.Error,
        CanAsk = !Console.IsInputRedirected,
        IsScreen = !Console.IsOutputRedirected,
        Width = Console.IsOutputRedirected ? Table.Unbroken : WidthOfScreen(),
    };

    /// <summary>A terminal would wrap once more what is wider than it is; 0: it does not say.</summary>
    static int WidthOfScreen() => Console.WindowWidth is > 0 and var width
        ? Math.Clamp(width, Table.Slimmest, Table.Widest)
        : Table.Widest;

    /// <summary>The settings, all of them checked.</summary>
    internal WorkerOptions Options() => WorkerConfiguration.Read(Configuration());

    /// <summary>The settings, of which only these are checked (<see cref="Needs"/>).</summary>
    internal WorkerOptions Options(IReadOnlyList<string> needs) =>
        WorkerConfiguration.ReadOnly(Configuration(), needs);

    internal static PostgresServers Open(WorkerOptions options) =>
        Database.OpenForPeople(options.ConnectionStrings.Postgres, NullLoggerFactory.Instance);

    /// <summary>Writes a problem to the standard error.</summary>
    internal Task WriteErrorAsync(string text) =>
        Error.WriteLineAsync(ControlCharacters.Escape(text, keepLines: true));

    /// <summary>
    /// Asks before something is changed. Without a terminal nothing is changed, unless --yes is given.
    /// </summary>
    internal async Task<bool> ConfirmAsync(bool yes, string what)
    {
        if (yes)
        {
            return true;
        }

        if (!CanAsk)
        {
            await Error.WriteLineAsync($"{what} Nothing was changed: without a terminal to ask, give --yes.");
            return false;
        }

        await Error.WriteAsync($"{what} Go on? [y/N] ");
        var answer = await In.ReadLineAsync();
        if (answer?.Trim() is "y" or "Y" or "yes")
        {
            return true;
        }

        await Error.WriteLineAsync("Nothing was changed.");
        return false;
    }
}

/// <summary>
/// Where a command writes its output. It escapes control characters, so a value from an untrusted sender
/// cannot steer the terminal. Callers redact such values first (<see cref="Redactor"/>).
/// </summary>
sealed class CommandOutput(CommandContext context, bool json)
{
    static readonly JsonSerializerOptions Settings = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.Default,
        WriteIndented = true,
    };

    /// <summary>Writes the document when JSON was asked for, else the text for people.</summary>
    internal void Write(object document, Action<CommandOutput> forPeople)
    {
        if (json)
        {
            context.Out.WriteLine(JsonSerializer.Serialize(document, Settings));
        }
        else
        {
            forPeople(this);
        }
    }

    internal void Line(string text = "") => context.Out.WriteLine(ControlCharacters.Escape(text));

    internal void Table(IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string?>> rows)
    {
        foreach (var line in Commands.Table.Lines(
            titles, [.. rows.Select(row => row.Select(cell => cell ?? "-").ToArray())], context.Width))
        {
            context.Out.WriteLine(line);
        }
    }

    /// <summary>A sentence or more, wrapped by words.</summary>
    internal void Paragraph(string text)
    {
        foreach (var line in Commands.Table.Wrap(ControlCharacters.Escape(text), context.Width))
        {
            context.Out.WriteLine(line);
        }
    }

    /// <summary>Writes to the standard error how far a long command is.</summary>
    internal void Progress(string text) => context.Error.WriteLine(ControlCharacters.Escape(text));
}
