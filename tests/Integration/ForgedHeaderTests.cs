namespace Reversals.Tests.Integration;

/// <summary>Headers and properties that steer the framework when it believes them. None of them changes what
/// becomes of a message, be it applied, rejected, unsigned or one that fails; and nothing appears on the
/// broker.</summary>
public sealed class ForgedHeaderTests(Servers servers) : ServerTest(servers)
{
    const string Address = $"exchange:{Broker.ForgedExchange}?bind=true&queue={Broker.ForgedQueue}";

    static readonly Dictionary<string, Action<BasicProperties>> Kinds = new(StringComparer.Ordinal)
    {
        ["addresses"] = to =>
        {
            foreach (var name in (string[])["Fault", "Response", "Source", "Destination"])
            {
                to.Headers![$"MT-{name}-Address"] = Address;
            }

            to.Headers!["MT-Request-Id"] = Guid.CreateVersion7().ToString();
            to.ReplyTo = Broker.ForgedQueue;
        },
        ["full addresses"] = to =>
        {
            to.Headers!["MT-Fault-Address"] = "rabbitmq://localhost/" + Address.Split(':')[1];
            to.Headers["MT-Request-Id"] = "no guid";
        },
        ["message types"] = to =>
        {
            to.Headers!["MT-Message-Type"] = "urn:message:Somebody:Else";
            to.Headers["MT-MessageId"] = to.MessageId = to.CorrelationId = to.Type = "no guid";
        },
        ["redelivery counts"] = to =>
        {
            to.Headers!["MT-Redelivery-Count"] = 1000;
            to.Headers["x-delivery-count"] = 1000L;
            to.Headers["x-acquired-count"] = 1000L;
            to.Headers["x-death"] = new List<object?>
            {
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["count"] = 1000L },
            };
        },
        ["faults"] = to =>
        {
            to.Headers!["MT-Reason"] = "fault";
            to.Headers["MT-Fault-Message"] = "it failed before";
            to.Headers["MT-Activity-Id"] = "no activity";
            to.Headers["MT-Scheduling-TokenId"] = "no token";
        },
        ["envelope content type"] = to => to.ContentType = "application/vnd.masstransit+json",
        ["binary content type"] = to => to.ContentType = "application/vnd.masstransit+bson",
        ["encrypted content type"] = to => to.ContentType = "application/vnd.masstransit+aes",
        ["unreadable content type"] = to => (to.ContentType, to.ContentEncoding) = (";;= not/a/type", "gzip"),
        ["content type header"] = to =>
            to.Headers!["Content-Type"] = "application/vnd.masstransit+json; charset=bad",
        ["deep tables"] = to => to.Headers!["deep"] = Deep(levels: 100),
        ["odd text"] = to => to.Headers!["\u0000"] = "nul\u0000nul",
        ["odd bytes"] = to => to.Headers!["bytes"] = new byte[] { 0xFF, 0xFE, 0x00 },
        ["binary"] = to => to.Headers!["binary"] = new BinaryTableValue([0xFF, 0x00]),
        ["fraction"] = to => to.Headers!["double"] = 1.5,
        ["decimal"] = to => to.Headers!["decimal"] = 1.5m,
        ["header time"] = to => to.Headers!["time"] = new AmqpTimestamp(long.MaxValue),
        ["time"] = to => to.Timestamp = new AmqpTimestamp(long.MaxValue),
    };

    public static TheoryData<string> Names { get; } = [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Forged_headers_change_no_outcome_and_make_nothing_appear(string kind)
    {
        var bill = await Box.Books.PaidAsync("P1", 10_000);
        var broken = await Box.Books.PaidAsync("POISON", 10_000);
        await Box.Books.PoisonAsync(broken);
        await Box.StartWorkerAsync();

        var forge = Kinds[kind];
        await Box.Upstream.SendAsync(Some.Request("P1", "request-1"), change: forge);
        await Box.Upstream.SendAsync("not json", change: forge);
        await Box.Upstream.SendAsync(Some.Request("POISON", "request-2"), change: forge);
        await Box.Upstream.SendAsync(Some.Request("P1", "request-3"), change: to =>
        {
            forge(to);
            to.Headers!.Remove("Signature");
        });

        (await Box.Tap.HearAsync(3)).Select(one => one.Reason)
            .ShouldBe(["REVERSED", "MALFORMED_BODY", "INTERNAL_ERROR"], ignoreOrder: true);
        await Box.Books.QuarantinedAsync(2);
        await Box.SettledAsync();
        (await Box.Books.QuarantineAsync()).Select(one => one.Cause)
            .ShouldBe(["INTERNAL_ERROR", "SIGNATURE_MISSING"], ignoreOrder: true);
        (await Box.Tap.SettleAsync()).Count.ShouldBe(3);
        (await Box.Books.StateAsync(bill)).ShouldBe(new BillState("active", 0, 1));
    }

    static object Deep(int levels)
    {
        object value = "the bottom";
        for (var level = 0; level < levels; level++)
        {
            value = new Dictionary<string, object?>(StringComparer.Ordinal) { ["down"] = value };
        }

        return value;
    }
}
