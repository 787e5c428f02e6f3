namespace Reversals.Tests.Unit;

/// <summary>A clock that a test moves by hand.</summary>
sealed class HandClock : TimeProvider
{
    long _now = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    internal void Pass(TimeSpan time) => _now += time.Ticks;

    internal void Pass(int seconds) => Pass(TimeSpan.FromSeconds(seconds));
}
