using Npgsql;
using Reversals.Processing.Postgres;

namespace Reversals.Tests.Unit;

/// <summary>A primary that was replaced is not trusted, whatever it says of itself.</summary>
public sealed class TimelineFenceTests
{
    readonly string _cluster = Guid.CreateVersion7(Some.Now).ToString();

    [Fact]
    public void A_server_on_the_highest_timeline_that_was_seen_is_trusted()
    {
        Timelines.Judged(On(3)).Timeline.ShouldBe(3);
        Timelines.Judged(On(3)).Timeline.ShouldBe(3);
        Timelines.Judged(On(4)).Timeline.ShouldBe(4);
    }

    [Fact]
    public void A_server_on_an_older_timeline_is_refused_with_what_to_do()
    {
        Timelines.Judged(On(4));
        Should.Throw<NpgsqlException>(() => Timelines.Judged(On(3))).Message.ShouldBe(
            "this server is on timeline 3, and one on timeline 4 has taken over: what it commits would be lost. " +
            "Stop it, and make it a standby of the new primary with pg_rewind or pg_basebackup");
    }

    [Fact]
    public void Another_cluster_has_timelines_of_its_own()
    {
        Timelines.Judged(On(4));
        Timelines.Judged(On(1) with { System = _cluster + "-other" }).Timeline.ShouldBe(1);
    }

    ServerState On(int timeline) => new() { System = _cluster, Timeline = timeline, IsStandby = false };
}
