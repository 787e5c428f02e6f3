namespace Reversals.Hosting;

/// <summary>Reads settings as options, and says all that is wrong with them.</summary>
static class SettingReader
{
    /// <summary>The options, with the problems of all settings.</summary>
    /// <param name="configuration">All settings, and the machine's other variables.</param>
    /// <param name="rules">What is wrong with the options that could be read.</param>
    internal static (T Options, IReadOnlyList<string> Problems) Examine<T>(
        IConfiguration configuration, Func<T, IEnumerable<string>> rules)
        where T : class, new()
    {
        var own = SettingSources.Own<T>(configuration);
        var misfits = ConfigurationSchema.Misfits(own, typeof(T)).ToDictionary(
            misfit => misfit.Path, StringComparer.OrdinalIgnoreCase);

        // What cannot be read is read as if it were not there: the rest is still judged.
        var read = own.AsEnumerable()
            .Where(setting => misfits.TryGetValue(setting.Key, out var misfit)
                ? misfit.IsOfList
                : setting.Value is not null)
            .Select(setting => misfits.ContainsKey(setting.Key) ? new(setting.Key, value: null) : setting);
        var options = new ConfigurationBuilder().AddInMemoryCollection(read).Build().Get<T>() ?? new T();
        string[] broken = [.. rules(options), .. OtlpRules.Problems(own)];
        return (options, [.. misfits.Values.Where(misfit => !IsTold(misfit, broken))
            .Select(misfit => misfit.Problem), .. broken]);
    }

    /// <summary>The problems of some sections.</summary>
    /// <param name="problems">All of them.</param>
    /// <param name="sections">Such as <c>Health</c> or <c>ConnectionStrings:Postgres</c>.</param>
    internal static IReadOnlyList<string> Within(
        IReadOnlyList<string> problems, IReadOnlyList<string> sections) =>
    [
        .. problems.Where(one => sections.Any(
            section => one.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase))),
    ];

    /// <summary>A rule about the list that is then missing says it better.</summary>
    static bool IsTold(SettingError misfit, string[] broken) => misfit.IsOfList
        && broken.Any(one => one.StartsWith(misfit.Path + ":", StringComparison.OrdinalIgnoreCase));
}
