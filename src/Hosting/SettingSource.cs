namespace Reversals.Hosting;

/// <summary>
/// Reads settings again, and only when that may bring something new: a look at their files costs a fraction
/// of reading them.
/// </summary>
sealed class SettingSource
{
    /// <summary>
    /// What looks the same is read so often all the same: a file may change twice within the shortest time
    /// that its file system tells.
    /// </summary>
    const int Doubts = 4;

    /// <summary>A file system may tell no change at all.</summary>
    static readonly TimeSpan LongestTrust = TimeSpan.FromMinutes(1);

    readonly Func<IConfiguration> _read;
    readonly Func<string>? _look;
    SettingSnapshot? _last;
    string? _seen;
    int _same;
    long _readAt;

    /// <param name="read">Reads the settings.</param>
    /// <param name="look">
    /// What can be told of them without reading them; null: nothing, so they are read each time.
    /// </param>
    internal SettingSource(Func<IConfiguration> read, Func<string>? look = null) =>
        (_read, _look) = (read, look);

    /// <summary>Settings that stay as they are.</summary>
    internal static SettingSource Of(IConfiguration settings) => new(() => settings, () => "");

    /// <summary>The settings as they are now.</summary>
    internal SettingSnapshot Take<T>(TimeProvider clock)
    {
        var seen = _look?.Invoke();
        var isSame = seen is not null && string.Equals(seen, _seen, StringComparison.Ordinal);
        (_seen, _same) = (seen, isSame ? _same + 1 : 0);
        // What could not be read may be readable by now, and look the same.
        if (_last is { Problem: null } && _same > Doubts && clock.GetElapsedTime(_readAt) < LongestTrust)
        {
            return _last;
        }

        _readAt = clock.GetTimestamp();
        return _last = SettingSnapshot.Take<T>(_read);
    }
}
