using Reversals.Processing.Storage;

namespace Reversals.Tests.Unit;

/// <summary>What is kept although the quarantine is full, and what takes no room in it.</summary>
public sealed class QuarantineLimitTests
{
    [Fact]
    public void Beyond_the_limit_of_its_client_only_what_is_signed_is_kept()
    {
        var (kept, dropped) = Limit(most: 2).Divide([Unsigned(1), Unsigned(2), Unsigned(3), Signed(4)]);
        kept.Select(one => one.Detail).ShouldBe(["1", "2", "4"]);
        dropped.Select(one => one.Detail).ShouldBe(["3"]);
    }

    [Fact]
    public void What_is_kept_of_a_paused_client_takes_no_room_from_others()
    {
        var paused = Enumerable.Range(1, 5).Select(n => Signed(n) with { Cause = "PAUSED" });
        var (kept, dropped) = Limit(most: 2).Divide([.. paused, Unsigned(6), Unsigned(7), Unsigned(8)]);
        kept.Count.ShouldBe(7);
        dropped.Select(one => one.Detail).ShouldBe(["8"]);
    }

    static QuarantineLimit Limit(int most) => new(
        new WorkerOptions { Quarantine = new() { MaxPerClient = most, Max = most } }, new HandClock(), _ => { });

    static QuarantinedMessage Signed(int number) => Unsigned(number) with { IsAuthentic = true };

    static QuarantinedMessage Unsigned(int number) => new()
    {
        Cause = "SIGNATURE_INVALID",
        Detail = number.ToString(CultureInfo.InvariantCulture),
        Client = QuarantineLimit.UnknownClient,
        Headers = "{}",
        Body = [],
        Fingerprint = [],
        ReceivedAt = Some.Now,
    };
}
