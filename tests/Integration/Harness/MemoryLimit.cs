namespace Reversals.Tests.Integration.Harness;

/// <summary>As much memory as a container would have: a control group of its own where this machine lets us
/// make one, and otherwise the limit that the runtime would derive from such a group.</summary>
sealed class MemoryLimit : IDisposable
{
    const string Root = "/sys/fs/cgroup";

    readonly string? _group;
    readonly long _bytes;

    internal MemoryLimit(long bytes)
    {
        _bytes = bytes;
        foreach (var (folder, file) in
            (ReadOnlySpan<(string, string)>)[("/memory", "memory.limit_in_bytes"), ("", "memory.max")])
        {
            var group = $"{Root}{folder}/reversal-tests-{Guid.CreateVersion7():N}";
            try
            {
                Directory.CreateDirectory(group);
                File.WriteAllText(
                    Path.Combine(group, file), bytes.ToString(CultureInfo.InvariantCulture));
                _group = group;
                return;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Remove(group);
            }
        }
    }

    /// <summary>How it is set, for the output of a test.</summary>
    internal string How => _group is null ? "DOTNET_GCHeapHardLimit" : $"control group {_group}";

    public void Dispose()
    {
        if (_group is not null)
        {
            Remove(_group);
        }
    }

    /// <summary>The command that runs within it.</summary>
    internal string[] Around(string[] command) => _group is null
        ? command
        : ["/bin/sh", "-c", "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"", _group, .. command];

    /// <summary>What the runtime takes of a group is three quarters.</summary>
    internal void Set(IDictionary<string, string?> environment)
    {
        if (_group is null)
        {
            environment["DOTNET_GCHeapHardLimit"] =
                (3 * _bytes / 4).ToString("x", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>A group can be removed once nothing runs in it.</summary>
    static void Remove(string group)
    {
        try
        {
            Directory.Delete(group);
        }
        catch (IOException)
        {
            // It holds what has just ended, or it was never made: an empty group costs nothing.
        }
    }
}
