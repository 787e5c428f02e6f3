using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;

namespace Reversals.Operations.Commands;

/// <summary>What is around a verb: its settings, and the terminal of whoever runs it.</summary>
sealed record CommandContext
{
    /// <summary>Reads the settings when a verb needs them.</summary>
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
    };

    /// <summary>The settings, all of them checked.</summary>
    internal WorkerOptions Options() => WorkerConfiguration.Read(Configuration());

    internal static NpgsqlDataSource Open(WorkerOptions options) =>
        Database.OpenForPeople(options.ConnectionStrings.Postgres, NullLoggerFactory.Instance);

    /// <summary>Says what is wrong, beside the answer.</summary>
    internal Task ComplainAsync(string text) =>
        Error.WriteLineAsync(ControlCharacters.Escape(text, keepLines: true));

    /// <summary>
    /// Asks before something is changed. Without a terminal nothing is, unless --yes was given.
    /// </summary>
    internal async Task<bool> MayAsync(bool yes, string what)
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
/// Where a verb writes its answer. Whatever strangers put into it, nothing that a terminal would obey leaves
/// here; their values come with secrets taken out (<see cref="Redactor"/>), so that the worker's own words stay.
/// </summary>
sealed class CommandOutput(CommandContext shell, bool json)
{
    static readonly JsonSerializerOptions Settings = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.Default,
        WriteIndented = true,
    };

    /// <summary>Writes the one document when JSON was asked for, else what people read.</summary>
    internal void Write(object document, Action<CommandOutput> forPeople)
    {
        if (json)
        {
            shell.Out.WriteLine(JsonSerializer.Serialize(document, Settings));
        }
        else
        {
            forPeople(this);
        }
    }

    internal void Line(string text = "") => shell.Out.WriteLine(ControlCharacters.Escape(text));

    internal void Table(IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string?>> rows)
    {
        foreach (var line in Commands.Table.Lines(
            titles, [.. rows.Select(row => row.Select(cell => cell ?? "-").ToArray())]))
        {
            shell.Out.WriteLine(line);
        }
    }

    /// <summary>Long work says how far it is, beside the answer.</summary>
    internal void Progress(string text) => shell.Error.WriteLine(ControlCharacters.Escape(text));
}
