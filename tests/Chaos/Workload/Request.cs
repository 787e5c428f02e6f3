using System.Security.Cryptography;

namespace Reversals.Tests.Chaos.Workload;

/// <summary>A message that is to be sent, and what its sender means by it.</summary>
sealed record Request
{
    public required string Class { get; init; }
    public string? ClientId { get; init; }
    public required byte[] Body { get; init; }
    public string? Signature { get; init; }
    public bool Authentic { get; init; } = true;
    public bool WellFormed { get; init; } = true;
    public string? ReferenceId { get; init; }
    public string? PaymentRef { get; init; }
    public decimal? Amount { get; init; }
    public string? VirtualAccount { get; init; }

    /// <summary>Bytes of useless headers.</summary>
    public int HeaderBytes { get; init; }

    /// <summary>Made a while after this was sent.</summary>
    public Payment? Late { get; init; }

    /// <summary>How much longer than others to wait before this one, in hundredths.</summary>
    public int Pause { get; init; } = 100;

    /// <summary>Goes to a gateway; else to the broker.</summary>
    public bool ByHttp { get; init; }

    /// <summary>Its caller takes whatever it is told and does not ask again.</summary>
    public bool AskedOnce { get; init; }

    /// <summary>A well-formed and signed one.</summary>
    internal static Request Of(
        string kind, Client client, string? referenceId = null, string? paymentRef = null,
        decimal? amount = null, string? account = null, int spelling = 0)
    {
        List<string> fields = [];
        var space = spelling % 2 == 0 ? "" : " ";
        Add("payment_ref", paymentRef is null ? null : $"\"{paymentRef}\"");
        Add("amount", Spell(amount, spelling));
        Add("reference_id", referenceId is null ? null : $"\"{referenceId}\"");
        Add("virtual_account", account is null ? null : $"\"{account}\"");
        Add("prefix", account is null ? null : $"\"{Books.Prefix}\"");
        Add("channel", spelling % 3 == 0 ? "\"bank_name\"" : null);
        Add("note", spelling % 5 == 0 ? "\"kembali \\u2013 \\/ \"" : null);
        var body = Encoding.UTF8.GetBytes($"{{{space}{string.Join("," + space, fields)}{space}}}");
        return new Request
        {
            Class = kind,
            ClientId = client.Id,
            Body = body,
            Signature = Sign(body, client.Key),
            ReferenceId = referenceId,
            PaymentRef = paymentRef,
            Amount = amount,
            VirtualAccount = account,
        };

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                fields.Add($"\"{name}\":{space}{value}");
            }
        }
    }

    /// <summary>Any bytes, signed.</summary>
    internal static Request Raw(string kind, Client client, byte[] body, bool wellFormed = false) => new()
    {
        Class = kind,
        ClientId = client.Id,
        Body = body,
        Signature = Sign(body, client.Key),
        WellFormed = wellFormed,
    };

    internal static string Sign(byte[] body, string key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), body));

    /// <summary>The same amount in the ways that senders write it.</summary>
    static string? Spell(decimal? amount, int spelling) => (amount, spelling % 4) switch
    {
        (null, _) => null,
        ({ } value, 0) => value.ToString(CultureInfo.InvariantCulture),
        ({ } value, 1) => value.ToString("F2", CultureInfo.InvariantCulture),
        ({ } value, 2) => $"\"{value.ToString(CultureInfo.InvariantCulture)}\"",
        ({ } value, _) => $"\"{value.ToString("F2", CultureInfo.InvariantCulture)}\"",
    };
}
