namespace Reversals.Processing.Configuration;

/// <summary>The policy of each client, as the settings in force have it.</summary>
sealed class ClientPolicies
{
    readonly Live<Policies> _policies;
    IReadOnlyDictionary<string, ClientPolicy> _ever =
        new Dictionary<string, ClientPolicy>(StringComparer.Ordinal);

    public ClientPolicies(LiveSettings<WorkerOptions> settings) => _policies = settings.Make(Next);

    /// <summary>Those of the clients that are configured.</summary>
    internal IReadOnlyDictionary<string, ClientPolicy> Configured => _policies.Value.Configured;

    /// <summary>
    /// A client that was taken out of the settings has requests in flight for a moment: they are decided as
    /// they would have been just before.
    /// </summary>
    internal ClientPolicy Of(string client) => _policies.Value.Ever[client];

    Policies Next(WorkerOptions options)
    {
        var configured = WorkerConfiguration.Policies(options);
        _ever = configured.Concat(_ever.Where(one => !configured.ContainsKey(one.Key)))
            .ToDictionary(StringComparer.Ordinal);
        return new Policies(configured, _ever);
    }

    sealed record Policies(
        IReadOnlyDictionary<string, ClientPolicy> Configured, IReadOnlyDictionary<string, ClientPolicy> Ever);
}
