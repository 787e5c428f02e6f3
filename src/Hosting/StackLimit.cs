using System.Data.Common;

namespace Reversals.Hosting;

/// <summary>
/// Which error is written with its stack: each cause at most once a minute, and never a server that is away,
/// as the place in our code that noticed it explains nothing. Not thread-safe.
/// </summary>
/// <param name="clock">Measures the pauses.</param>
/// <param name="isOfServer">Whether an error is that of a server or of the way to it.</param>
sealed class StackLimit(TimeProvider clock, Func<Exception, bool> isOfServer)
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    const int MostKept = 1_000;

    /// <summary>Most characters that are kept of the text of an error.</summary>
    const int LongestCause = 500;

    readonly Dictionary<string, long> _writtenAt = new(StringComparer.Ordinal);

    internal bool IsDue(Exception error)
    {
        if (IsOfAServer(error))
        {
            return false;
        }

        var cause = error.GetBaseException();
        var key = $"{error.GetType()} {cause.GetType()} {(cause as DbException)?.SqlState}";
        if (_writtenAt.TryGetValue(key, out var at) && clock.GetElapsedTime(at) < Pause)
        {
            return false;
        }

        if (_writtenAt.Count >= MostKept)
        {
            _writtenAt.Clear();
        }

        _writtenAt[key] = clock.GetTimestamp();
        return true;
    }

    /// <summary>The cause in one line.</summary>
    internal static string Explain(Exception error)
    {
        var text = error.GetBaseException() switch
        {
            // It begins with the state; details of the row may follow on lines of their own.
            DbException { SqlState: not null } cause => cause.Message.Split('\n')[0].TrimEnd('\r'),
            var cause => $"{cause.GetType().Name}: {cause.Message}",
        };
        return text.Length > LongestCause ? text[..LongestCause] + "…" : text;
    }

    bool IsOfAServer(Exception error) => isOfServer(error) || isOfServer(error.GetBaseException());
}
