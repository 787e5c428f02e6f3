using Reversals.Processing.Inbound;

namespace Reversals.Tests.Integration.Harness;

/// <summary>Bills, payments and requests of every kind, few enough that they meet each other.</summary>
sealed class RandomTraffic(int seed)
{
    const int Refs = 40;

    static readonly string[] Clients = [Some.Client, Some.OtherClient, Some.StrictClient];
    static readonly string[] Channels = ["va", "qris"];

    uint _state = (uint)seed;
    int _bills;

    /// <summary>Some more bills with their payments.</summary>
    internal async Task PayAsync(Books books)
    {
        for (var n = 0; n < 25; n++)
        {
            var account = FormattableString.Invariant($"{Some.Prefix}{++_bills % 15:0000000000}");
            var bill = await books.BillAsync(
                Pick("open", "close", "partial"), Pick("active", "active", "paid", "void", "expired"),
                Pick(Clients), account, Next(35) - 5);
            for (var payment = Next(4); payment > 0; payment--)
            {
                await books.PayAsync(
                    bill, Chance(80) ? Ref() : null, Amount(), Chance(50) ? Own() : null,
                    Chance(50) ? Pick(Channels) : null, Next(3));
            }

            if (Chance(10))
            {
                await books.RunAsync("UPDATE billing.bill SET paid_amount = 0 WHERE id = @bill", new { bill });
            }
        }
    }

    /// <summary>A message as it may come in, most of them signed.</summary>
    internal ReceivedMessage Message()
    {
        var client = Pick(Clients);
        var body = Some.Utf8(Chance(3) ? Some.Json(Pick("{", "[]", "{}", "{'payment_ref':'P1','amount':0}")) : Request());
        var properties = new BasicProperties { Headers = Some.Signed(body, client) };
        if (Chance(3))
        {
            properties.Headers[Wire.SignatureHeader] = new string('0', 64);
        }

        if (Chance(2))
        {
            properties.Headers[Wire.ClientIdHeader] = "nobody";
        }

        if (Chance(30))
        {
            properties.Headers[Wire.PendingForHeader] = Pick("0", "60", "soon");
        }

        if (Chance(50))
        {
            properties.Timestamp = new AmqpTimestamp(
                TimeProvider.System.GetUtcNow().AddHours(-Next(60)).ToUnixTimeSeconds());
        }

        properties.MessageId = Guid.CreateVersion7().ToString();
        return ReceivedMessage.Read(body, properties, isRedelivered: Chance(5));
    }

    string Request()
    {
        List<string> fields = [];
        if (Chance(70))
        {
            fields.Add($"'payment_ref':'{Ref()}'");
        }

        if (Chance(70))
        {
            fields.Add($"'reference_id':'{Own()}'");
        }

        if (Chance(40))
        {
            fields.Add(FormattableString.Invariant($"'amount':{Amount()}"));
        }

        if (Chance(30))
        {
            fields.Add(FormattableString.Invariant(
                $"'virtual_account':'{(Chance(50) ? Some.Prefix : "")}{Next(15):0000000000}'"));
        }

        if (Chance(20))
        {
            fields.Add($"'channel':'{Pick(Channels)}'");
        }

        return Some.Json("{" + string.Join(',', fields) + "}");
    }

    decimal Amount() => Pick(100m, 100m, 50m, 25.5m);

    string Ref() => FormattableString.Invariant($"P{Next(Refs)}");

    string Own() => FormattableString.Invariant($"request-{Next(3 * Refs)}");

    /// <summary>Below this; the same numbers each time, wherever the test runs (Park and Miller's generator).</summary>
    int Next(int below)
    {
        _state = (uint)((ulong)_state * 48_271 % int.MaxValue);
        return (int)(_state % (uint)below);
    }

    bool Chance(int percent) => Next(100) < percent;

    T Pick<T>(params T[] values) => values[Next(values.Length)];
}
