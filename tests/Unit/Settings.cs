using Microsoft.Extensions.Configuration;

namespace Reversals.Tests.Unit;

/// <summary>A good configuration, and what the worker says when some of it is changed.</summary>
static class Settings
{
    internal const string Secret = "s3cr3t-k3y";

    static readonly Dictionary<string, string?> Good = new(StringComparer.Ordinal)
    {
        ["ConnectionStrings:Postgres"] = $"Host=db;Username=worker;Password={Secret}-pg;Database=billing",
        ["ConnectionStrings:RabbitMq"] = $"amqp://worker:{Secret}%2Fmq@broker:5672/",
        ["Clients:acme:ApiKeys:0"] = Secret + "-1",
        ["Clients:acme:ApiKeys:1"] = Secret + "-2",
        ["Events:SigningKey"] = Secret + "-events",
    };

    internal static WorkerOptions Read(params (string Setting, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(Good, StringComparer.OrdinalIgnoreCase);
        foreach (var (setting, value) in changes)
        {
            _ = value is null ? settings.Remove(setting) : (settings[setting] = value) is null;
        }

        return WorkerConfiguration.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
    }

    internal static string[] Problems(params (string Setting, string? Value)[] changes) =>
        Should.Throw<ConfigurationException>(() => Read(changes)).Message.Split('\n');
}
