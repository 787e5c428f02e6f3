namespace Reversals.Processing.Batching;

/// <summary>Measures for how long items have waited for their commit in vain, and remembers why.</summary>
sealed class StallDetector(TimeProvider clock)
{
    readonly Lock _gate = new();
    readonly List<Run> _runs = [];
    int _setAside;
    long _setAsideAt;
    long _committedAt;
    long _commits;

    /// <summary>How long the batch that waits longest has got nowhere; zero while all is well.</summary>
    internal TimeSpan Length
    {
        get
        {
            lock (_gate)
            {
                return _runs.Count == 0
                    ? TimeSpan.Zero
                    : clock.GetElapsedTime(_runs.Min(run => run.ProgressAt));
            }
        }
    }

    /// <summary>Items that wait beside the lanes: for a row somebody holds, or as they fail alone.</summary>
    internal int SetAside
    {
        get
        {
            lock (_gate)
            {
                return _setAside;
            }
        }
    }

    /// <summary>How long some item has been set aside; zero: none is.</summary>
    internal TimeSpan SetAsideFor => SetAsideSince(0);

    /// <summary>How long some item has been set aside and nothing at all was committed.</summary>
    internal TimeSpan NothingCommittedFor => SetAsideSince(Volatile.Read(ref _committedAt));

    /// <summary>Commits so far.</summary>
    internal long Commits => Volatile.Read(ref _commits);

    /// <summary>Why the batch that waits longest is not committed; null: no try had an answer.</summary>
    internal Exception? LastError
    {
        get
        {
            lock (_gate)
            {
                return _runs.MinBy(run => run.ProgressAt)?.LastError;
            }
        }
    }

    /// <summary>Why the last item that was set aside, or failed once more there, was not committed.</summary>
    internal Exception? LastSetAside { get; private set; }

    /// <summary>A batch is tried from now until this is disposed of.</summary>
    internal Run Begin()
    {
        var run = new Run(this);
        lock (_gate)
        {
            _runs.Add(run);
        }

        return run;
    }

    internal void Committed()
    {
        Volatile.Write(ref _committedAt, clock.GetTimestamp());
        Interlocked.Increment(ref _commits);
    }

    /// <summary>What is set aside failed once more.</summary>
    internal void FailedAgain(Exception error) => LastSetAside = error;

    /// <summary>One more item waits beside the lanes.</summary>
    internal void Add(Exception error)
    {
        lock (_gate)
        {
            LastSetAside = error;
            if (_setAside++ == 0)
            {
                _setAsideAt = clock.GetTimestamp();
            }
        }
    }

    /// <summary>One of them has its outcome.</summary>
    internal void Remove()
    {
        lock (_gate)
        {
            _setAside--;
        }
    }

    TimeSpan SetAsideSince(long notBefore)
    {
        lock (_gate)
        {
            return _setAside == 0
                ? TimeSpan.Zero
                : clock.GetElapsedTime(Math.Max(_setAsideAt, notBefore));
        }
    }

    long Now() => clock.GetTimestamp();

    void End(Run run)
    {
        lock (_gate)
        {
            _runs.Remove(run);
        }
    }

    /// <summary>A batch, from its first try until each item has an outcome or is set aside.</summary>
    internal sealed class Run : IDisposable
    {
        readonly StallDetector _stall;
        long _progressAt;

        internal Run(StallDetector stall)
        {
            _stall = stall;
            Progress();
        }

        internal long ProgressAt => Volatile.Read(ref _progressAt);

        /// <summary>Null: no try has had an answer.</summary>
        internal Exception? LastError { get; private set; }

        public void Dispose() => _stall.End(this);

        internal void Failed(Exception error) => LastError = error;

        /// <summary>A part of the batch was committed, or waits for something that is known.</summary>
        internal void Progress() => Volatile.Write(ref _progressAt, _stall.Now());
    }
}
