using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Reversals.Gateway.OpenApi;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>
/// Whatever the server under the gateway refuses by itself is answered like everything else: as JSON with the
/// four fields, a status that the document knows, and the end of the connection.
/// </summary>
public sealed class GatewayRefusalTests(Servers servers) : ServerTest(servers)
{
    const string Post = "POST /reversal HTTP/1.1\r\nHost: a\r\n";

    [Theory]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("POST /reversal HTTP/1.1\r\n\r\n", 400)]
    [InlineData(Post + "No colon\r\n\r\n", 400)]
    [InlineData(Post + "Content-Length: 5 5\r\n\r\n", 400)]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003", 400)]
    [InlineData("OPTIONS /reversal HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405)]
    [InlineData("POST * HTTP/1.1\r\nHost: a\r\n\r\n", 405)]
    [InlineData(Post, 408)]
    [InlineData("POST /<20000> HTTP/1.1\r\nHost: a\r\n\r\n", 414)]
    [InlineData(Post + "X: <40000>\r\n\r\n", 431)]
    [InlineData(Post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501)]
    [InlineData("POST /reversal HTTP/9.9\r\nHost: a\r\n\r\n", 505)]
    public async Task Is_told_as_JSON_with_the_four_fields(string sent, int status)
    {
        var gateway = await StartAsync();
        var told = await SendAsync(gateway.Port, sent);
        told.ShouldBe(status, "BILLER_INVALID_TRANSACTION").WithoutData();
        told.Headers["Connection"].ShouldBe(["close"]);
        told.Headers["Content-Length"].ShouldBe([told.Body.Length.ToString(CultureInfo.InvariantCulture)]);
        told.Headers["Deprecation"].ShouldBe(["@1767225600"]);
        told.Text.ShouldContain("+07:00");
        JsonElement.Parse(OpenApiDocument.Utf8).GetProperty("paths").GetProperty("/reversal").GetProperty("post")
            .GetProperty("responses").EnumerateObject().Select(one => one.Name)
            .ShouldContain(status.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task What_follows_a_good_request_on_its_connection_is_refused_behind_its_answer()
    {
        var gateway = await StartAsync();
        using var socket = await ConnectAsync(gateway.Port);
        await socket.GetStream().WriteAsync(
            Encoding.Latin1.GetBytes("GET /reversal HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n"), Stop);
        var text = await ReadToEndAsync(socket);
        text.ShouldStartWith("HTTP/1.1 405 ");
        text.Split("HTTP/1.1 ").Length.ShouldBe(3);
        text.ShouldContain("HTTP/1.1 400 Bad Request");
        text.ShouldEndWith("\"data\":null}");
    }

    Task<HostedGateway> StartAsync() => HostedGateway.StartAsync(
        Box, settings => settings["Http:Deprecation"] = "2026-01-01T00:00:00Z", ready: false);

    static async Task<Told> SendAsync(int port, string text)
    {
        using var socket = await ConnectAsync(port);
        var whole = text.Replace("<20000>", new string('x', 20_000), StringComparison.Ordinal)
            .Replace("<40000>", new string('x', 40_000), StringComparison.Ordinal);
        await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(whole), Stop);
        var parts = (await ReadToEndAsync(socket)).Split("\r\n\r\n", 2);
        var lines = parts[0].Split("\r\n");
        return new Told
        {
            Status = (HttpStatusCode)int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            Body = Some.Utf8(parts[1]),
            Headers = lines.Skip(1).Select(line => line.Split(": ", 2))
                .ToLookup(header => header[0], header => header[1], StringComparer.OrdinalIgnoreCase),
        };
    }

    static async Task<TcpClient> ConnectAsync(int port)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, Stop);
        return socket;
    }

    /// <summary>A server that closes with bytes unread resets the connection behind its answer.</summary>
    static async Task<string> ReadToEndAsync(TcpClient socket)
    {
        using var all = new MemoryStream();
        try
        {
            await socket.GetStream().CopyToAsync(all, Stop).WaitAsync(TimeSpan.FromSeconds(30), Stop);
        }
        catch (IOException)
        {
            // What came before counts.
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }
}
