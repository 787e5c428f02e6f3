using System.Security.Cryptography;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Cases;

/// <summary>Forged signatures, any number: each is made from its number alone, so that a million of them need
/// not be kept. All of them ask for the same payment, of which nothing may ever be taken.</summary>
static class Forgeries
{
    internal const string PaymentRef = "FORGED-PAYMENT";

    delegate (object? Signature, string Client) Forge(byte[] body, string right, int turn);

    static readonly string[] Names = ["sha256=", "0x", "HMAC ", "v1,", "sha256:", "hex:"];

    static readonly (string Name, Forge Make)[] Ways =
    [
        ("a bit flipped", (_, right, turn) => (Flip(right, turn % 256), Clients.Acme)),
        ("a digit swapped", (_, right, turn) => (Digit(right, turn), Clients.Acme)),
        ("cut short", (_, right, turn) => (right[..(turn % 64)], Clients.Acme)),
        ("its end alone", (_, right, turn) => (right[(1 + (turn % 63))..], Clients.Acme)),
        ("digits behind", (_, right, turn) => (right + new string('0', 1 + (turn % 64)), Clients.Acme)),
        ("twice", (_, right, _) => (right + right, Clients.Acme)),
        ("blank before", (_, right, turn) => (new string(' ', 1 + (turn % 9)) + right, Clients.Acme)),
        ("blank behind", (_, right, turn) => (right + " \t\r\n\0\v"[turn % 6], Clients.Acme)),
        ("name before", (_, right, turn) =>
            (Names[turn % Names.Length] + right, Clients.Acme)),
        ("quoted", (_, right, turn) => ($"{"\"'`"[turn % 3]}{right}{"\"'`"[turn % 3]}", Clients.Acme)),
        ("case of another body", (body, _, turn) =>
            (Right(Clients.Acme, [.. body, (byte)turn]).ToUpperInvariant(), Clients.Acme)),
        ("other client's key", (body, _, _) => (Right(Clients.Other, body), Clients.Acme)),
        ("other client's name", (_, right, _) => (right, Clients.Other)),
        ("client's name in capitals", (_, right, _) => (right, "ACME")),
        ("unknown client", (_, right, turn) => (right, $"acme{turn.ToString(CultureInfo.InvariantCulture)}")),
        ("other body", (body, _, turn) => (Right(Clients.Acme, Other(body, turn)), Clients.Acme)),
        ("no key", (body, _, _) => (Hex(SHA256.HashData(body)), Clients.Acme)),
        ("empty key", (body, _, _) => (Gate.Sign([], body), Clients.Acme)),
        ("key before body, hashed", (body, _, _) =>
            (Hex(SHA256.HashData([.. Key(Clients.Acme), .. body])), Clients.Acme)),
        ("key and body swapped", (body, _, _) => (Gate.Sign(body, Key(Clients.Acme)), Clients.Acme)),
        ("key cut short", (body, _, turn) =>
            (Gate.Sign(Key(Clients.Acme)[..^(1 + (turn % 8))], body), Clients.Acme)),
        ("md5", (body, _, _) => (Hex(HMACMD5.HashData(Key(Clients.Acme), body)), Clients.Acme)),
        ("sha1", (body, _, _) => (Hex(HMACSHA1.HashData(Key(Clients.Acme), body)), Clients.Acme)),
        ("sha384", (body, _, _) => (Hex(HMACSHA384.HashData(Key(Clients.Acme), body)), Clients.Acme)),
        ("sha512", (body, _, _) => (Hex(HMACSHA512.HashData(Key(Clients.Acme), body)), Clients.Acme)),
        ("sha512, 64 digits of it", (body, _, _) =>
            (Hex(HMACSHA512.HashData(Key(Clients.Acme), body))[..64], Clients.Acme)),
        ("base64", (_, right, _) => (Convert.ToBase64String(Convert.FromHexString(right)), Clients.Acme)),
        ("raw bytes", (_, right, _) => (Convert.FromHexString(right), Clients.Acme)),
        ("backwards", (_, right, _) => (Backwards(right), Clients.Acme)),
        ("wide digits", (_, right, _) =>
            (new string([.. right.Select(digit => (char)(digit - '!' + '！'))]), Clients.Acme)),
        ("all the same", (_, _, turn) => (new string("0123456789abcdefF"[turn % 17], 64), Clients.Acme)),
        ("none", (_, _, turn) => (turn % 2 == 0 ? null : "", Clients.Acme)),
        ("a number", (_, _, turn) => (turn, Clients.Acme)),
        ("a list", (_, right, _) => (new List<object?> { Encoding.ASCII.GetBytes(right) }, Clients.Acme)),
    ];

    static readonly IReadOnlyDictionary<string, string> Keys = new Clients().Keys;

    internal static string Way(int number) => Ways[number % Ways.Length].Name;

    internal static Message Make(int number)
    {
        var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$"""{"payment_ref":"{{PaymentRef}}","amount":1,"reference_id":"forged-{{number}}"}"""));
        var (signature, client) =
            Ways[number % Ways.Length].Make(body, Right(Clients.Acme, body), number / Ways.Length);
        return Message.Of(body, signature, client);
    }

    static byte[] Key(string client) => Encoding.UTF8.GetBytes(Keys[client]);

    static string Right(string client, byte[] body) => Gate.Sign(Key(client), body);

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    static string Flip(string right, int bit)
    {
        var bytes = Convert.FromHexString(right);
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return Hex(bytes);
    }

    /// <summary>One digit becomes something that is near to one.</summary>
    static string Digit(string right, int turn)
    {
        var digits = right.ToCharArray();
        digits[turn % 64] = "gGxX:/@` -.,Oolé"[turn / 64 % 16];
        return new string(digits);
    }

    static string Backwards(string right)
    {
        var digits = right.ToCharArray();
        Array.Reverse(digits);
        return new string(digits);
    }

    /// <summary>The same request to a careless reader, but other bytes.</summary>
    static byte[] Other(byte[] body, int turn) => (turn % 5) switch
    {
        0 => [.. body, (byte)' '],
        1 => [.. body, (byte)'\n'],
        2 => [0xEF, 0xBB, 0xBF, .. body],
        3 => [.. body[..^1], (byte)' ', (byte)'}'],
        _ => body[..^1],
    };
}
