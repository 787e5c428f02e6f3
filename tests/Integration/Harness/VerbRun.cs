using Microsoft.Extensions.Configuration;
using Reversals.Operations.Commands;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A verb that was run in this process, and all it said.</summary>
sealed record VerbRun
{
    static readonly Kept<string> Said = new();

    public required int Code { get; init; }
    public required string Out { get; init; }
    public required string Error { get; init; }

    /// <summary>What every verb of the test run printed so far.</summary>
    internal static IReadOnlyList<string> Printed => Said.All;

    internal JsonElement Json => JsonElement.Parse(Out);

    /// <summary>Runs a verb with these settings; an answer means that somebody sits at a terminal.</summary>
    internal static async Task<VerbRun> OfAsync(
        IReadOnlyDictionary<string, string?> settings, string verb, string? answer = null,
        int width = Table.Widest)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var input = new StringReader(answer ?? "");
        var context = Context(settings, output, error) with
        {
            In = input,
            CanAsk = answer is not null,
            Width = width,
        };
        var code = await WorkerCommands.RunAsync(Words(verb), context, TestContext.Current.CancellationToken);
        var run = new VerbRun { Code = code, Out = output.ToString(), Error = error.ToString() };
        Said.Add(run.Out + run.Error);
        return run;
    }

    /// <summary>Where nobody sits at a terminal.</summary>
    internal static CommandContext Context(
        IReadOnlyDictionary<string, string?> settings, TextWriter output, TextWriter error) => new()
    {
        RunWorkerAsync = Worker.WorkerHost.RunAsync,
        Configuration = () => new ConfigurationBuilder().AddInMemoryCollection(settings).Build(),
        In = TextReader.Null,
        Out = output,
        Error = error,
        CanAsk = false,
        IsScreen = false,
    };

    internal VerbRun ShouldEndWith(int code)
    {
        Code.ShouldBe(code, Out + Error);
        return this;
    }

    /// <summary>Words apart; what stands between single quotes is one.</summary>
    static string[] Words(string verb) =>
    [
        .. verb.Split('\'').SelectMany((part, place) => place % 2 == 1
            ? [part]
            : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
    ];
}
