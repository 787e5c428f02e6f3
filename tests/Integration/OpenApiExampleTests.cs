using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Reversals.Gateway.OpenApi;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>
/// Every example of the document is sent as it stands there, and its answer is the documented one: status, rc,
/// message and data. Only times and the number of the payment are those of this run.
/// </summary>
public sealed class OpenApiExampleTests(Servers servers) : ServerTest(servers)
{
    const string All = "";

    public static TheoryData<string> Situations =>
        [.. Sent(JsonElement.Parse(OpenApiDocument.Utf8)).Select(one => one.Given).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Situations))]
    public async Task Every_example_is_answered_as_documented(string given)
    {
        var success = Sent(JsonElement.Parse(OpenApiDocument.Utf8)).First(one => one.Name is "success");
        await PayAsync(success.Answer.GetProperty("data"));
        var gateway = await PrepareAsync(given);
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri($"http://127.0.0.1:{gateway.Port}{OpenApiDocument.Path}"));
        var served = await Caller.SendAsync(request, Stop);
        served.Body.ShouldBe(OpenApiDocument.Utf8);
        served.Headers["Content-Type"].ShouldBe(["application/json"]);
        var examples = Sent(served.Json).Where(one => one.Given == given).ToList();
        examples.ShouldNotBeEmpty();
        foreach (var example in examples)
        {
            var told = given == Givens.BodyStops
                ? await SendHalfAsync(gateway.Port, example)
                : await SendAsync(gateway.Port, example);
            told.ShouldBe(example.Status, example.Answer.GetProperty("rc").GetString()!);
            Comparable(told.Json).ShouldBe(Comparable(example.Answer), example.Name);
        }
    }

    async Task<HostedGateway> PrepareAsync(string given)
    {
        await Box.DeployTopologyAsync();
        var link = given == Givens.BrokerAway ? Box.LinkToRabbitMq() : null;
        if (given is All or Givens.BillUnchangeable or Givens.TokenConfigured)
        {
            await Box.StartWorkerAsync();
        }

        if (given == Givens.BillUnchangeable)
        {
            await Box.Books.PoisonAsync(await Box.Books.NumberAsync("SELECT min(id) FROM billing.bill"));
        }

        var gateway = await HostedGateway.StartAsync(Box, settings =>
        {
            settings["Http:AnswerTimeout"] = given == Givens.NoWorker ? "00:00:00.3" : "00:00:30";
            settings["Http:BodyTimeout"] = given == Givens.BodyStops ? "00:00:00.3" : "00:00:05";
            settings["Http:MaxWaiting"] = given == Givens.PlacesTaken ? "1" : "100";
            if (given == Givens.TokenConfigured)
            {
                settings["Http:Tokens:0"] = "the-right-token";
            }
        });
        if (given == Givens.PlacesTaken)
        {
            _ = gateway.PostAsync(Caller.Base);
            await Until.TrueAsync(() => gateway.Waiting == 1, "the only place is taken");
        }

        link?.Cut();
        await Until.TrueAsync(
            async () => link is null || await gateway.HealthAsync("ready") != HttpStatusCode.OK,
            "the gateway has seen it");
        return gateway;
    }

    /// <summary>The bill and the payment of the documented answer.</summary>
    Task PayAsync(JsonElement bill) => Box.Books.RunAsync(
        """
        WITH said AS (SELECT @bill::jsonb AS bill), made AS (
            INSERT INTO billing.bill (client_id, hash, va_number, invoice_number, type, name, customer_name,
                customer_email, customer_phone, customer_address, total_amount, billed_amount, paid_amount, status,
                description, ext_description, valid_until, created_at, components, additional_data)
            SELECT @Client, bill->>'hash', bill->>'va_number', bill->>'invoice_number', bill->>'type', bill->>'name',
                bill->>'customer_name', bill->>'customer_email', bill->>'customer_phone',
                bill->>'customer_address', (bill->>'total_amount')::numeric, (bill->>'billed_amount')::numeric,
                10000, bill->>'status', bill->>'description', bill->>'ext_description',
                (bill->>'valid_until')::timestamptz, (bill->>'created_at')::timestamptz,
                bill->'components', bill->'additional_data' FROM said
            RETURNING id, va_number)
        INSERT INTO billing.payment (bill_id, client_id, payment_ref, va_number, channel, amount)
        SELECT id, @Client, '1234567890', va_number, 'bank_name', 10000 FROM made
        """,
        new { bill = bill.GetRawText(), Some.Client });

    static async Task<Told> SendAsync(int port, Documented example)
    {
        var request = example.Request;
        var path = request.GetProperty("path").GetString();
        using var sent = new HttpRequestMessage(
            new HttpMethod(request.GetProperty("method").GetString()!), new Uri($"http://127.0.0.1:{port}{path}"));
        if (request.TryGetProperty("body", out var body))
        {
            var text = body.GetString()!;
            text += new string(' ', request.TryGetProperty("bodyBytes", out var size) ? size.GetInt32() - text.Length : 0);
            sent.Content = new ByteArrayContent(Some.Utf8(text));
        }

        foreach (var header in request.GetProperty("headers").EnumerateObject())
        {
            HttpHeaders? to = header.Name is "Content-Type" ? sent.Content?.Headers : sent.Headers;
            to?.TryAddWithoutValidation(header.Name, header.Value.GetString());
        }

        return await Caller.SendAsync(sent, Stop);
    }

    /// <summary>A client of the library would not read before it has written all.</summary>
    static async Task<Told> SendHalfAsync(int port, Documented example)
    {
        var body = example.Request.GetProperty("body").GetString()!;
        var headers = example.Request.GetProperty("headers").EnumerateObject()
            .Select(header => $"{header.Name}: {header.Value.GetString()}\r\n");
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, Stop);
        await socket.GetStream().WriteAsync(
            Some.Utf8(
                $"POST {example.Request.GetProperty("path").GetString()} HTTP/1.1\r\nHost: a\r\n" +
                $"{string.Concat(headers)}Content-Length: {body.Length}\r\n\r\n{body[..(body.Length / 2)]}"), Stop);
        var buffer = new byte[4_096];
        var read = await socket.GetStream().ReadAsync(buffer, Stop).AsTask().WaitAsync(
            TimeSpan.FromSeconds(20), Stop);
        var parts = Encoding.UTF8.GetString(buffer, 0, read).Split("\r\n\r\n", 2);
        var lines = parts[0].Split("\r\n");
        return new Told
        {
            Status = (HttpStatusCode)int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            Body = Some.Utf8(parts[1]),
            Headers = lines.Skip(1).Select(line => line.Split(": ", 2))
                .ToLookup(header => header[0], header => header[1], StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>All examples with a request, in the order of the document.</summary>
    static IEnumerable<Documented> Sent(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        from response in operation.Value.GetProperty("responses").EnumerateObject()
        from content in response.Value.GetProperty("content").EnumerateObject()
        where content.Value.TryGetProperty("examples", out _)
        from example in content.Value.GetProperty("examples").EnumerateObject()
        let request = example.Value.GetProperty("x-request")
        select new Documented(
            example.Name, int.Parse(response.Name, CultureInfo.InvariantCulture), request,
            example.Value.GetProperty("value"),
            request.TryGetProperty("given", out var given) ? given.GetString()! : All);

    /// <summary>Times of this run, and the payment's number, say nothing; that they are there does.</summary>
    static string Comparable(JsonElement answer)
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(answer.GetRawText())!;
        node["timestamp"]!.GetValue<string>().ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00$");
        node["timestamp"] = "";
        if (node["data"]?["payment"] is { } payment)
        {
            (payment["id"], payment["created_at"]) = ("", "");
        }

        return node.ToJsonString();
    }

    sealed record Documented(string Name, int Status, JsonElement Request, JsonElement Answer, string Given);
}
