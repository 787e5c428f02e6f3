using RabbitMQ.Client;
using Reversals.Contracts;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>A signed request, ready to be sent.</summary>
readonly record struct Message(int Index, byte[] Body, BasicProperties Properties);

/// <summary>
/// Makes the requests of a run and keeps the books of what must come back. Each has an index, which stands
/// in its
/// reference_id, so that sender and tap need no dictionary.
/// </summary>
sealed class Mix(Shape shape, int capacity)
{
    const int PaymentUnknown = 0;

    static readonly byte[] KeyBytes = Encoding.UTF8.GetBytes(Shape.Key);

    readonly PaymentOrder _order = new(shape);
    readonly long[] _payments = new long[capacity];
    readonly bool[] _applied = new bool[capacity];
    readonly byte[] _expected = new byte[capacity];
    int _last;

    /// <summary>Percent of the next requests on a bill that came before.</summary>
    internal int SameBill { get; set; } = shape.SameBill;

    /// <summary>Messages made.</summary>
    internal int Messages { get; private set; }

    /// <summary>Different references among them.</summary>
    internal int References { get; private set; }

    /// <summary>References that must be applied.</summary>
    internal int Applied { get; private set; }

    /// <summary>Most references that can be made.</summary>
    internal int Capacity => capacity;

    /// <summary>How many events must name this reference.</summary>
    internal int Expected(int index) => _expected[index];

    /// <summary>Whether the reference must be applied; otherwise refused.</summary>
    internal bool IsApplied(int index) => _applied[index];

    internal Message[] Take(int count)
    {
        var messages = new Message[count];
        for (var place = 0; place < count; place++)
        {
            messages[place] = Next();
        }

        return messages;
    }

    internal Message Next()
    {
        // 37 has no divisor in common with 100: each percent has its turn in every hundred, not side by side.
        var turn = Messages++ * 37L % 100;
        if (turn < shape.Duplicates && Applied > 0)
        {
            _expected[_last]++;
            return Make(_last, Shape.Amount);
        }

        var index = References++;
        _expected[index] = 1;
        if (turn >= shape.Duplicates && turn < shape.Duplicates + shape.Rejections)
        {
            _payments[index] = index % 2 == 0 ? PaymentUnknown : 1;
            return Make(index, Shape.Amount + 1);
        }

        _payments[index] = _order.Next(SameBill);
        Applied++;
        _applied[index] = true;
        _last = index;
        return Make(index, Shape.Amount);
    }

    Message Make(int index, int amount)
    {
        var payment = _payments[index];
        var account = shape.BillOf(Math.Max(payment, 1));
        var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$"""{"payment_ref":"P{{payment:D9}}","amount":{{amount}},"reference_id":"B{{index:D9}}",""" +
            $$""" "virtual_account":"{{account:D10}}","channel":"bank_name","prefix":"{{Shape.Prefix}}"}"""));
        return new Message(index, body, new BasicProperties
        {
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [Wire.SignatureHeader] = Signature.Compute(body, KeyBytes),
                [Wire.ClientIdHeader] = Shape.Client,
            },
        });
    }
}
