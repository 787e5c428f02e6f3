namespace Reversals.Operations.Commands;

/// <summary>The settings that a command needs. What else is wrong or missing does not stop it.</summary>
static class Needs
{
    internal static IReadOnlyList<string> Database { get; } = ["ConnectionStrings:Postgres"];

    internal static IReadOnlyList<string> DatabaseAndKeys { get; } = [.. Database, "Clients"];

    internal static IReadOnlyList<string> Broker { get; } = ["ConnectionStrings:RabbitMq", "RabbitMq"];

    internal static IReadOnlyList<string> Servers { get; } = [.. Database, .. Broker];

    internal static IReadOnlyList<string> ServersAndEvents { get; } = [.. Servers, "Events"];

    internal static IReadOnlyList<string> ServersAndKeys { get; } = [.. Servers, "Clients"];
}
