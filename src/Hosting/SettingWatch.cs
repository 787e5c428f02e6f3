namespace Reversals.Hosting;

/// <summary>The changeable settings that are in force.</summary>
sealed record SettingState
{
    /// <summary>Two processes with one mark have the same. It is slow to make.</summary>
    public string Mark => WhenAsked.Value;

    /// <summary>Makes the mark, once.</summary>
    internal required Lazy<string> WhenAsked { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>Why what the sources say now is not in force; null: it is.</summary>
    public string? Problem { get; init; }
}

/// <summary>
/// Looks twice a second whether files of settings or secrets have changed, and puts in force what may change
/// while the process runs. A bad change keeps what was before, and is told until it is mended. It looks
/// instead of being told: a folder of secrets that is swapped as a whole tells of nothing.
/// </summary>
sealed class SettingWatch<T>
    where T : class
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>A refusal is told again so often.</summary>
    static readonly TimeSpan Reminder = TimeSpan.FromMinutes(1);

    readonly SettingSource _source;
    readonly IReadOnlyList<string> _live;
    readonly SettingSnapshot _started;
    SettingSnapshot _seen;
    SettingSnapshot _judged;
    SettingSnapshot _inForce;
    volatile SettingState _state;
    long _toldAt;

    /// <param name="first">The settings of the start.</param>
    /// <param name="source">Reads them again.</param>
    /// <param name="live">Sections that may change while the process runs.</param>
    /// <param name="clock">Measures.</param>
    internal SettingWatch(
        IConfiguration first, SettingSource source, IReadOnlyList<string> live, TimeProvider clock)
    {
        (_source, _live, Clock) = (source, live, clock);
        _started = _inForce = _seen = _judged = SettingSnapshot.Take<T>(() => first);
        _state = new SettingState { WhenAsked = MarkOf(_inForce), Since = clock.GetUtcNow() };
    }

    TimeProvider Clock { get; }

    /// <summary>Reads and checks all settings.</summary>
    internal required Func<IConfiguration, T> Read { get; init; }

    /// <summary>Puts these in force, as far as they may change, and tells which they are.</summary>
    internal required Action<T, IReadOnlyList<string>> Apply { get; init; }

    /// <summary>Tells that a change was refused, and why.</summary>
    internal required Action<string> Refuse { get; init; }

    /// <summary>Tells which settings were changed that only a restart puts in force.</summary>
    internal required Action<IReadOnlyList<string>> AskForRestart { get; init; }

    internal SettingState State => _state;

    internal Task RunAsync(CancellationToken stop) => Repeating.EveryAsync(
        Interval, Clock,
        _ =>
        {
            Look();
            return Task.CompletedTask;
        },
        stop);

    /// <summary>
    /// What two looks in a row find the same is judged: a file may be half written, or some of several.
    /// </summary>
    internal void Look()
    {
        var found = _source.Take<T>(Clock);
        if (!found.IsSameAs(_seen))
        {
            _seen = found;
        }
        else if (!found.IsSameAs(_judged))
        {
            _judged = found;
            Judge(found);
        }
        else if (_state.Problem is { } problem && Clock.GetElapsedTime(_toldAt) >= Reminder)
        {
            Tell(problem);
        }
    }

    void Judge(SettingSnapshot found)
    {
        try
        {
            var read = found.Configuration is { } configuration
                ? Read(configuration)
                : throw new ConfigurationException(found.Problem!.Split('\n'));
            string[] live = [.. found.ChangedFrom(_inForce).Where(IsLive)];
            // What takes a restart is as it was at the start, whatever was put in force since.
            string[] others = [.. found.ChangedFrom(_started).Where(name => !IsLive(name))];
            Apply(read, live);
            _state = new SettingState
            {
                WhenAsked = MarkOf(found), Since = Clock.GetUtcNow(), Problem = RestartFor(others),
            };
            _inForce = found;
            if (others.Length > 0)
            {
                AskForRestart(others);
            }
        }
        catch (ConfigurationException error)
        {
            Tell(error.Message);
        }
    }

    Lazy<string> MarkOf(SettingSnapshot settings) => new(() => settings.MarkOf(_live));

    bool IsLive(string name) => SettingSnapshot.IsIn(name, _live);

    void Tell(string problem)
    {
        _toldAt = Clock.GetTimestamp();
        _state = _state with { Problem = problem };
        Refuse(problem);
    }

    static string? RestartFor(string[] names) => names.Length == 0
        ? null
        : $"only a restart puts in force what was changed: {string.Join(", ", names)}";
}
