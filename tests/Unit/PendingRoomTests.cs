namespace Reversals.Tests.Unit;

/// <summary>So many requests of a client may wait, and no more.</summary>
public sealed class PendingRoomTests
{
    readonly WaitingLimit _room = new(new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["acme"] = 2, ["globex"] = 1,
    });

    [Fact]
    public void Each_client_has_room_of_its_own()
    {
        _room.Full.ShouldBeEmpty();
        _room.Add("acme");
        _room.Has("acme").ShouldBeTrue();
        _room.Add("acme");
        _room.Has("acme").ShouldBeFalse();
        _room.Has("globex").ShouldBeTrue();
        _room.Full.ShouldBe(["acme"]);
    }

    [Fact]
    public void A_limit_may_change_and_what_was_counted_stays_counted()
    {
        _room.Add("acme");
        _room.Use(new Dictionary<string, int>(StringComparer.Ordinal) { ["acme"] = 1, ["initech"] = 1 });
        _room.Full.ShouldBe(["acme"]);
        _room.MostOf("acme").ShouldBe(1);
        _room.Add("initech");
        _room.Has("initech").ShouldBeFalse();
        _room.Has("globex").ShouldBeTrue("who is not configured has no limit");
    }

    [Fact]
    public async Task What_the_table_says_counts_from_then_on()
    {
        _room.Add("acme");
        _room.Add("acme");
        await Count("acme", 0);
        _room.Has("acme").ShouldBeTrue();
        await Count("acme", 2);
        _room.Has("acme").ShouldBeFalse();
        await Count("acme", 1);
        _room.Add("acme");
        _room.Has("acme").ShouldBeFalse();
        await Count("globex", 1);
        _room.Full.ShouldBe(["globex"]);
    }

    [Fact]
    public async Task What_is_added_while_the_table_is_counted_is_not_forgotten()
    {
        _room.Add("acme");
        await _room.CountAsync(() =>
        {
            _room.Add("acme");
            return Task.FromResult<List<ClientCount>>([new("acme", 1)]);
        });
        _room.Has("acme").ShouldBeFalse();
    }

    Task Count(string client, long count) => _room.CountAsync(() =>
        Task.FromResult<List<ClientCount>>([new(client, count)]));
}
