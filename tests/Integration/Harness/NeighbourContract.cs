using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Tests.Integration.Harness;

/// <summary>
/// What every event has to be for neighbours, whatever test heard it: the first version of the package reads it,
/// today's reads it, and both find all of it. <c>tests/contract.sh</c> judges the same events by their schemas.
/// </summary>
static class NeighbourContract
{
    /// <summary>The folder that heard events are written to, one a line; null: none.</summary>
    static readonly string? Folder = Environment.GetEnvironmentVariable("HEARD_EVENTS");

    static readonly Lock Gate = new();

    internal static void Judge(IReadOnlyList<Heard> heard)
    {
        Record(heard);
        foreach (var body in heard.Select(one => one.Body))
        {
            var old = Previous.Contracts.ReversalEvent.Read(body);
            var now = ReversalEvent.Read(body);

            JsonSerializer.Serialize(old, old.GetType(), Previous.Contracts.WireJson.Instance)
                .ShouldBe(JsonSerializer.Serialize(now, now.GetType(), WireJson.Instance));
        }
    }

    /// <summary>The tests may run in several processes, so each has a file of its own.</summary>
    static void Record(IReadOnlyList<Heard> heard)
    {
        if (Folder is null)
        {
            return;
        }

        lock (Gate)
        {
            using var file = new FileStream(
                Path.Combine(Folder, $"{Environment.ProcessId}.ndjson"), FileMode.Append);
            foreach (var one in heard)
            {
                file.Write(one.Body);
                file.WriteByte((byte)'\n');
            }
        }
    }
}
