namespace Reversals.Tests.Chaos;

/// <summary>
/// A worker that goes through the run: ours, or one that a team writes from stock parts. Of the others only
/// what they leave is judged, not how they live.
/// </summary>
/// <param name="Name">On the command line.</param>
/// <param name="Command">Starts it.</param>
/// <param name="Waits">Counts in its database what it has taken and not yet done, or not yet told.</param>
/// <param name="SetAside">Counts in its database what it has given up, for somebody to look at.</param>
sealed record Contestant(string Name, IReadOnlyList<string> Command, string Waits, string SetAside)
{
    const string Benchmarks = "../../../../Benchmarks/bin/Release/net10.0/Reversals.Tests.Benchmarks";
    const string Peers = "../../../../Peers/bin/Release/net10.0/Reversals.Tests.Peers";
    const string Ours = "ours";
    const string OurOutbox = "SELECT count(*) FROM reversals.outbox";

    internal static readonly string[] Names = [Ours, "hand-written", "wolverine"];

    internal bool IsOurs => Name is Ours;

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="worker">Our executable.</param>
    internal static Contestant Of(string name, string worker) => name switch
    {
        // What it gives up is in a queue.
        "hand-written" => new(name, [PathOf(Benchmarks), "serve", name], OurOutbox, "SELECT 0::bigint"),
        "wolverine" => new(
            name, [PathOf(Peers)],
            """
            SELECT (SELECT count(*) FROM wolverine.wolverine_outgoing_envelopes)
                + (SELECT count(*) FROM wolverine.wolverine_incoming_envelopes WHERE status <> 'Handled')
            """,
            "SELECT count(*) FROM wolverine.wolverine_dead_letters"),
        _ => new(name, [worker, "run"], OurOutbox, "SELECT count(*) FROM reversals.quarantine"),
    };

    static string PathOf(string program) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, program));
}
