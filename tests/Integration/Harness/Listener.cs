using RabbitMQ.Client.Events;

namespace Reversals.Tests.Integration.Harness;

/// <summary>An event as a subscriber got it.</summary>
sealed record Heard(string Exchange, IReadOnlyBasicProperties Properties, byte[] Body)
{
    readonly Lazy<JsonElement> _json = new(() => JsonElement.Parse(Body));

    internal static Heard Of(BasicDeliverEventArgs delivery) =>
        new(delivery.Exchange, new BasicProperties(delivery.BasicProperties), delivery.Body.ToArray());

    internal JsonElement Json => _json.Value;

    internal string? Reason => Json.GetProperty("reason").GetString();

    internal string? ReferenceId => Json.GetProperty("reference_id").GetString();

    /// <summary>The event's id, without reading a body that may say anything.</summary>
    internal string? MessageId => Properties.MessageId;

    internal Guid EventId => Json.GetProperty("event_id").GetGuid();

    internal bool IsReplay => Properties.Headers?.ContainsKey(Wire.ReplayedHeader) == true;

    internal string? Header(string name) =>
        Properties.Headers?.TryGetValue(name, out var value) == true && value is byte[] text
            ? Encoding.UTF8.GetString(text)
            : null;
}

/// <summary>Keeps everything that a subscriber to both event exchanges hears, in the order of arrival.</summary>
sealed class Listener : IAsyncDisposable
{
    readonly Kept<Heard> _heard = new();
    Tap _tap = null!;

    Listener()
    {
    }

    internal IReadOnlyList<Heard> All => _heard.All;

    internal int Count => _heard.Count;

    internal static async Task<Listener> OpenAsync(string address)
    {
        var listener = new Listener();
        listener._tap = await Tap.OpenAsync(address, "tests-tap", one => listener._heard.Add(Heard.Of(one)));
        return listener;
    }

    public ValueTask DisposeAsync() => _tap.DisposeAsync();

    /// <inheritdoc cref="Tap.BindAsync"/>
    internal Task BindAsync() => _tap.BindAsync();

    /// <inheritdoc cref="Tap.UnbindAsync"/>
    internal Task UnbindAsync(params string[] exchanges) => _tap.UnbindAsync(exchanges);

    /// <summary>Waits for that many events, and fails when one more than that was published so far.</summary>
    internal async Task<IReadOnlyList<Heard>> HearAsync(int count, int seconds = 20)
    {
        await Until.TrueAsync(() => Count >= count, $"{count} events heard", seconds);
        var all = await SettleAsync();
        all.Count.ShouldBe(count, Repeated(all));
        return all;
    }

    /// <summary>
    /// Waits for that many different events, and fails when one more was published so far. Each of them may
    /// come again, as it does when its confirm or a commit takes seconds, and is the same then.
    /// </summary>
    internal async Task<IReadOnlyList<Heard>> HearEachAsync(int count, int seconds = 20)
    {
        await Until.TrueAsync(
            () => All.DistinctBy(one => one.MessageId).Count() >= count, $"{count} different events", seconds);
        var all = await SettleAsync();
        var each = all.GroupBy(one => one.MessageId, StringComparer.Ordinal).ToList();
        each.Count.ShouldBe(count);
        (all.Count - count).ShouldBeLessThan(Math.Max(2, count / 2), Repeated(all));
        foreach (var same in each)
        {
            same.ShouldAllBe(one => one.Body.SequenceEqual(same.First().Body), same.Key);
        }

        return [.. each.Select(same => same.First())];
    }

    /// <summary>Which events came more than once, and as what, for the message of a test that fails.</summary>
    static string Repeated(IReadOnlyList<Heard> all) => string.Join("; ", all
        .GroupBy(one => one.MessageId, StringComparer.Ordinal)
        .Where(same => same.Skip(1).Any())
        .Select(same => $"{same.Key} came {same.Count()} times, {same.Count(one => one.IsReplay)} of them as an " +
            "answer to a request that came again"));

    /// <inheritdoc cref="Tap.SettleAsync"/>
    internal async Task<IReadOnlyList<Heard>> SettleAsync()
    {
        await _tap.SettleAsync();
        return All;
    }
}
