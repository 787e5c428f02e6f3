using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Reversals.Tests.Chaos.World;

/// <summary>Waiting for a condition, never for a while.</summary>
static class Until
{
    internal static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    internal static async Task TrueAsync(Func<Task<bool>> condition, string what, double seconds)
    {
        if (await TakesAsync(condition, seconds) is null)
        {
            throw new TimeoutException($"Not within {seconds} s: {what}");
        }
    }

    /// <summary>How long it took until the condition was true; null: longer than the deadline.</summary>
    internal static async Task<TimeSpan?> TakesAsync(
        Func<Task<bool>> condition, double seconds, TimeSpan? step = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(since).TotalSeconds > seconds)
            {
                return null;
            }

            await Task.Delay(step ?? Step);
        }

        return Stopwatch.GetElapsedTime(since);
    }

    internal static async Task<bool> AcceptsAsync(IPEndPoint place)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(place);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
