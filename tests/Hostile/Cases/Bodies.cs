using Reversals.Tests.Hostile.Reading;

namespace Reversals.Tests.Hostile.Cases;

/// <summary>Puts a text into a request that is well but for it, each with a payment of its own.</summary>
static class Bodies
{
    /// <summary>The places within a body; each is also what is printed.</summary>
    internal static readonly IReadOnlyList<string> Fields =
    [
        "amount token", "amount", "payment_ref", "reference_id", "virtual_account", "prefix", "channel",
        "another field", "a name",
    ];

    /// <summary>A request that is well, for the payment of that number.</summary>
    internal static byte[] Well(int number) => With(number, "", []);

    internal static byte[] Make(string field, HostileText text, int number)
    {
        // JSON texts stand in a field as they are; the others as strings, every other one escaped throughout.
        var value = Kind.IsJson(text.Kind) ? text.Bytes : Quoted(text, escaped: number % 2 == 1);
        return field switch
        {
            "amount token" => With(number, "amount", text.Bytes),
            "another field" => With(number, "note", value),
            "a name" => With(number, "", [], [.. Quoted(text, number % 2 == 1), .. ":1,"u8]),
            _ => With(number, field, value),
        };
    }

    static byte[] With(int number, string name, byte[] value, byte[]? before = null)
    {
        string[] names = ["payment_ref", "reference_id", "amount"];
        var body = new List<byte>("{"u8.ToArray());
        body.AddRange(before ?? []);
        var first = true;
        foreach (var field in names.Contains(name, StringComparer.Ordinal) || name.Length == 0
            ? names : names.Append(name))
        {
            var usual = field switch
            {
                "payment_ref" => string.Create(CultureInfo.InvariantCulture, $"\"H{number:D7}\""),
                "reference_id" => string.Create(CultureInfo.InvariantCulture, $"\"hostile-{number:D7}\""),
                _ => "1.25",
            };
            body.AddRange(Encoding.UTF8.GetBytes($"{(first ? "" : ",")}\"{field}\":"));
            body.AddRange(string.Equals(field, name, StringComparison.Ordinal)
                ? value
                : Encoding.UTF8.GetBytes(usual));
            first = false;
        }

        body.AddRange("}"u8);
        return [.. body];
    }

    /// <summary>A JSON string that holds the text, byte for byte or as escapes.</summary>
    static byte[] Quoted(HostileText text, bool escaped)
    {
        var value = new List<byte>("\""u8.ToArray());
        if (escaped && text.Units is { } units)
        {
            foreach (var unit in units)
            {
                value.AddRange(Encoding.ASCII.GetBytes(Escape(unit)));
            }
        }
        else
        {
            foreach (var unit in text.Bytes)
            {
                if (unit is (byte)'"' or (byte)'\\' or < 0x20)
                {
                    value.AddRange(Encoding.ASCII.GetBytes(Escape(unit)));
                }
                else
                {
                    value.Add(unit);
                }
            }
        }

        value.AddRange("\""u8);
        return [.. value];
    }

    static string Escape(int unit) => string.Create(CultureInfo.InvariantCulture, $"\\u{unit:x4}");
}
