namespace Reversals.Tests.Chaos.Nemesis;

/// <summary>What happens to the next COMMIT that carries reversals.</summary>
enum CommitFate
{
    Forward,

    /// <summary>It is forwarded, and its answer is not: the worker cannot know.</summary>
    LoseAnswer,

    /// <summary>What it commits is forwarded, and it is not.</summary>
    Cut,

    /// <summary>As <see cref="Cut"/>, and the worker is killed at this moment.</summary>
    CutAndKill,
}

/// <summary>Decides the fate of COMMITs on one worker's link to PostgreSQL.</summary>
/// <param name="kill">Called when a COMMIT meets <see cref="CommitFate.CutAndKill"/>.</param>
sealed class CommitLosses(Action kill)
{
    CommitFate _next;
    int _unknown;

    /// <summary>COMMITs whose answer never came, whether they were done or not.</summary>
    internal int Unknown => Volatile.Read(ref _unknown);

    /// <summary>Unless a worker is waiting to be killed at it.</summary>
    internal void DecideNext(CommitFate fate) =>
        Interlocked.CompareExchange(ref _next, fate, CommitFate.Forward);

    /// <summary>Another process of the worker begins, and is to be killed at a COMMIT or not.</summary>
    internal void Begin(bool killAtCommit)
    {
        if (killAtCommit)
        {
            Interlocked.Exchange(ref _next, CommitFate.CutAndKill);
        }
        else
        {
            Interlocked.CompareExchange(ref _next, CommitFate.Forward, CommitFate.CutAndKill);
        }
    }

    /// <summary>The fate of a COMMIT that has just come; each decision is for one.</summary>
    internal CommitFate Take()
    {
        var fate = Interlocked.Exchange(ref _next, CommitFate.Forward);
        if (fate is not CommitFate.Forward)
        {
            Interlocked.Increment(ref _unknown);
        }

        if (fate is CommitFate.CutAndKill)
        {
            kill();
        }

        return fate;
    }
}

/// <summary>Loses confirms on one worker's link to RabbitMQ.</summary>
sealed class ConfirmLosses
{
    int _next;
    int _lost;

    internal int Lost => Volatile.Read(ref _lost);

    /// <summary>The next confirm of the broker is lost, and its connection with it.</summary>
    internal void LoseNext() => Volatile.Write(ref _next, 1);

    /// <summary>Whether the confirm that has just come is to be lost.</summary>
    internal bool Take()
    {
        var lose = Interlocked.Exchange(ref _next, 0) == 1;
        Interlocked.Add(ref _lost, lose ? 1 : 0);
        return lose;
    }
}
