namespace Reversals.Tests.Chaos;

/// <summary>
/// A worker that goes through the run: ours, or one that a team writes from stock parts. Of the others only
/// what they leave is judged, not how they live.
/// </summary>
sealed record Contestant(string Name, IReadOnlyList<string> Command, bool IsOurs)
{
    const string Benchmarks = "../../../../Benchmarks/bin/Release/net10.0/Reversals.Tests.Benchmarks";
    const string Peers = "../../../../Peers/bin/Release/net10.0/Reversals.Tests.Peers";

    internal static readonly string[] Names = ["ours", "hand-written", "wolverine"];

    internal static Contestant Of(string name, ChaosOptions options) => name switch
    {
        "hand-written" => new(name, [PathOf(Benchmarks), "serve", name], IsOurs: false),
        "wolverine" => new(name, [PathOf(Peers)], IsOurs: false),
        _ => new(name, [options.Worker, "run"], IsOurs: true),
    };

    static string PathOf(string program) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, program));
}
