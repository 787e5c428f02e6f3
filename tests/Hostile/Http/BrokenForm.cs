using Reversals.Tests.Hostile.Cases;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Http;

/// <summary>Bytes on a connection, and the statuses they may be answered with. 0: cut off without a word.</summary>
sealed record BrokenForm(string Name, byte[] Bytes, int[] Allowed)
{
    internal const string PaymentRef = "SMUGGLED-PAYMENT";

    /// <summary>What the server says of HTTP that is none, or the end of the connection.</summary>
    static readonly int[] Broken = [0, 400, 411, 413, 414, 431, 501, 505];

    const string Post = "POST /reversal HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

    /// <summary>A request that is signed and would be carried out: wherever it stands below it is no request.</summary>
    static readonly byte[] Inner = Encoding.ASCII.GetBytes(
        $$"""{"payment_ref":"{{PaymentRef}}","amount":1,"reference_id":"smuggled-1"}""");

    static readonly string Signature = "Signature: " + Gate.Sign(new Clients().Keys[Clients.Acme], Inner) + "\r\n";
    static readonly string Body = Encoding.ASCII.GetString(Inner);

    static readonly string Whole = Post + Signature + string.Create(
        CultureInfo.InvariantCulture, $"Content-Length: {Inner.Length}\r\n\r\n") + Body;

    internal static IReadOnlyList<BrokenForm> All =>
        [.. Lengths(), .. Codings(), .. Chunks(), .. Heads(), .. Protocols(), .. Unproved()];

    static IEnumerable<BrokenForm> Lengths() =>
        from length in (string[])
        [
            "-1", "5 5", "0x48", "5,5", "5, 6", "", " ", "99999999999999999999", "1e2", "5;5", "72\0",
        ]
        select Form($"Content-Length: {length}", $"{Post}{Signature}Content-Length: {length}\r\n\r\n{Body}");

    static IEnumerable<BrokenForm> Codings()
    {
        yield return Form("two lengths", $"{Post}{Signature}Content-Length: 1\r\nContent-Length: 71\r\n\r\n{Body}");
        foreach (var coding in (string[])
            [
                "chunked, identity", "identity, chunked", "xchunked", "chunked\u000b", "\"chunked\"",
                "chunked, chunked",
                "gzip, chunked", "chunked;q=1", "cow", "chunked\u0000",
            ])
        {
            yield return Form($"Transfer-Encoding: {coding}",
                $"{Post}Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n{Whole}");
        }

        // The server takes it for 5; then it is a request that nobody signed.
        yield return Form("Content-Length: +5", $"{Post}{Signature}Content-Length: +5\r\n\r\n{Body}", [.. Broken, 401]);
        yield return Form("a blank before the colon", $"{Post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{Whole}");
        yield return Form("two codings",
            $"{Post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{Whole}");
        yield return Form("length, then coding: the end of the chunks is not the end", string.Create(
            CultureInfo.InvariantCulture,
            $"{Post}Content-Length: {Whole.Length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Whole}"),
            [.. Broken, 401]);
        yield return Form("coding, then length: the chunk is longer", string.Create(
            CultureInfo.InvariantCulture,
            $"{Post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{Whole.Length:x}\r\n{Whole}\r\n0\r\n\r\n"),
            [.. Broken, 401]);
        yield return Form("a coding with HTTP/1.0",
            $"POST /reversal HTTP/1.0\r\nTransfer-Encoding: chunked\r\n{Signature}\r\n0\r\n\r\n{Whole}", [.. Broken, 401]);
    }

    static IEnumerable<BrokenForm> Chunks()
    {
        var size = Inner.Length.ToString("x", CultureInfo.InvariantCulture);
        foreach (var (name, chunks) in ((string, string)[])
            [
                ("no number", $"ZZ\r\n{Body}\r\n0\r\n\r\n"), ("negative", $"-{size}\r\n{Body}\r\n0\r\n\r\n"),
                ("0x", $"0x{size}\r\n{Body}\r\n0\r\n\r\n"), ("too large", $"FFFFFFFFFFFFFFFF{size}\r\n{Body}\r\n0\r\n\r\n"),
                ("shorter than said", $"1\r\n{Body}\r\n0\r\n\r\n"), ("a bare line feed", $"{size}\n{Body}\n0\n\n"),
                ("no end of its line", $"{size}{Body}\r\n0\r\n\r\n"), ("nothing", $"\r\n{Body}\r\n0\r\n\r\n"),
                ("a blank before", $" {size}\r\n{Body}\r\n0\r\n\r\n"),
            ])
        {
            yield return Form($"chunk: {name}", $"{Post}{Signature}Transfer-Encoding: chunked\r\n\r\n{chunks}",
                [.. Broken, 401, 408]);
        }

        yield return Form("chunk: a long extension",
            $"{Post}Transfer-Encoding: chunked\r\n\r\n{size};{new string('x', 40_000)}\r\n{Body}\r\n0\r\n\r\n",
            [.. Broken, 401]);
        yield return Form("a signature behind the chunks",
            $"{Post}Transfer-Encoding: chunked\r\nTrailer: Signature\r\n\r\n{size}\r\n{Body}\r\n0\r\n{Signature}\r\n", [401]);
    }

    static IEnumerable<BrokenForm> Heads()
    {
        foreach (var (name, header) in ((string, string)[])
            [
                ("folded", "X: b\r\n folded\r\n"), ("a zero", "X: \0\r\n"), ("no colon", "Signature\r\n"),
                ("no name", ": x\r\n"), ("a blank in its name", "Signa ture: x\r\n"), ("a bare carriage return", "X: a\rb\r\n"),
                ("two hosts", "Host: b\r\n"), ("70 headers", string.Concat(Enumerable.Range(0, 70).Select(one => $"X{one}: 1\r\n"))),
                ("40,000 bytes", $"X: {new string('x', 40_000)}\r\n"), ("an escape", "X: \u001b[2J\r\n"),
                ("a zero in the signature", $"{Signature.TrimEnd()}\0\r\n"),
            ])
        {
            yield return Form($"header: {name}", $"{Post}{header}Content-Length: 0\r\n\r\n", [.. Broken, 401]);
        }

        yield return Form("a blank before the first header", "POST /reversal HTTP/1.1\r\n Host: a\r\n\r\n");
        yield return Form("no host", "POST /reversal HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
        yield return Form("an odd host", "POST /reversal HTTP/1.1\r\nHost: a b/c@d\r\nContent-Length: 0\r\n\r\n");
        yield return Form("bare line feeds",
            Whole.Replace(Signature, "", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal),
            [.. Broken, 401]);
        yield return Form("a line of 20,000 bytes", $"POST /{new string('x', 20_000)} HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    static IEnumerable<BrokenForm> Protocols() =>
    [
        Form("HTTP/9.9", "POST /reversal HTTP/9.9\r\nHost: a\r\n\r\n"),
        Form("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"),
        Form("HTTP/2 by upgrade",
            "POST /reversal HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
            "HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 0\r\n\r\n", [.. Broken, 401]),
        Form("HTTP/0.9", "GET /reversal\r\n\r\n"),
        Form("TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003" + new string('\u00aa', 500)),
        Form("nonsense", new string('\u00ff', 3_000) + "\r\n\r\n"),
        Form("AMQP", "AMQP\0\0\u0009\u0001\r\n\r\n"),
    ];

    /// <summary>HTTP that is well, and a request that nobody proved or that asks for something else.</summary>
    static IEnumerable<BrokenForm> Unproved()
    {
        foreach (var method in (string[])["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
        {
            yield return Form($"method {method}", Whole.Replace("POST", method, StringComparison.Ordinal), [405]);
        }

        yield return Form("CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", [.. Broken, 404, 405]);
        foreach (var path in (string[])["/", "/reversal/", "/REVERSAL", "//reversal", "/reversal%2f", "/reversal/x", "/%00", "/health/ready"])
        {
            yield return Form($"path {path}", Whole.Replace("/reversal", path, StringComparison.Ordinal), [.. Broken, 404]);
        }

        foreach (var (name, header, statuses) in ((string, string, int[])[])
            [
                ("two signatures", Signature, [401]), ("two clients", "Client-Id: acme\r\nClient-Id: acme\r\n", [401]),
                ("another's name", "Client-Id: other\r\n", [401]), ("compressed", "Content-Encoding: gzip\r\n", [415]),
                ("for a browser", "Accept: text/html\r\n", [406]),
                ("two kinds of content", "Content-Type: text/plain\r\n", [.. Broken, 415]),
            ])
        {
            yield return Form(name, Whole.Replace("Host: a\r\n", "Host: a\r\n" + header, StringComparison.Ordinal), statuses);
        }
    }

    static BrokenForm Form(string name, string text, int[]? allowed = null) =>
        new(name, Encoding.Latin1.GetBytes(text), allowed ?? Broken);
}
