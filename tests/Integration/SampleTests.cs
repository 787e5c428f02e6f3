using System.Text.Json;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using Reversals.Contracts;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Integration;

/// <summary>
/// The programs of <c>deploy/samples</c>, as they are, with no more rights than an upstream and a subscriber
/// have. <c>tests/samples.sh</c> installs what they need.
/// </summary>
public sealed partial class SampleTests(Servers servers, BrokerUsers users)
    : ServerTest(servers), IClassFixture<BrokerUsers>
{
    const string SigningKey = "the-key-of-the-events";
    const string MassTransit = "csharp-masstransit";

    static readonly string Folder =
        Environment.GetEnvironmentVariable("SAMPLES_FOLDER") is { Length: > 0 } folder
            ? folder
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/reversal-worker/samples");

    public static TheoryData<string> Languages =>
        ["python", "node", "php", "go", "java", "csharp", MassTransit];

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task A_sample_gets_its_answer_and_drops_what_is_forged_double_or_stale(string language)
    {
        await Box.Books.PayAsync(await Box.Books.BillAsync(), "P1", 10_000.50m);
        await StartAsync();
        var (first, old) = (Event("planted-1", version: 5), Event("planted-2", version: 4));
        await PlantAsync(first, "another-key");
        await PlantAsync(first, SigningKey);
        await PlantAsync(first, SigningKey);
        await PlantAsync(old, SigningKey);
        var bare = Guid.CreateVersion7();
        await PlantAsync(bare, Rejection(bare), SigningKey);

        string[] said =
        [
            .. (await RunAsync(language)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => Nothing().Replace(line, " -")),
        ];

        var answer = (await Box.Tap.HearAsync(1))[0];
        answer.Reason.ShouldBe("REVERSED");
        string[] expected =
        [
            "forged", $"REVERSED planted-1 12.50 {first.EventId}", $"duplicate {first.EventId}",
            $"stale {old.EventId}", $"MALFORMED_BODY - - {bare}", $"REVERSED sample-{language} 10000.50 {answer.EventId}",
        ];
        // MassTransit puts it among the errors before the sample sees it.
        said.ShouldBe(language is MassTransit ? expected[1..] : expected);
        answer.Properties.CorrelationId.ShouldNotBeNullOrEmpty();
        await Until.TrueAsync(
            async () => await Box.Broker.WaitingAsync(BrokerUsers.OwnQueue) == 0, "all are acknowledged");
        if (language is MassTransit)
        {
            (await Box.Broker.WaitingAsync(BrokerUsers.OwnQueue + "_error")).ShouldBe(1u);
        }
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task A_sample_whose_request_reaches_no_queue_ends_with_an_error(string language)
    {
        await StartAsync();
        await Box.Broker.UnbindAsync();

        (await Should.ThrowAsync<InvalidOperationException>(() => RunAsync(language)))
            .Message.ShouldContain("return", Case.Insensitive);
        Box.Tap.Count.ShouldBe(0);
    }

    [Fact]
    public void Every_sample_is_run_and_none_is_longer_than_fifty_lines()
    {
        var folders = Directory.GetDirectories(Repository.PathOf("deploy/samples"));

        folders.Select(Path.GetFileName).ShouldBe(Languages.Select(row => row.Data), ignoreOrder: true);
        folders.SelectMany(Directory.GetFiles)
            .Where(file => Path.GetExtension(file) is ".py" or ".js" or ".php" or ".go" or ".java" or ".cs")
            .Where(file => File.ReadAllLines(file).Length > 50).ShouldBeEmpty();
    }

    async Task StartAsync()
    {
        Box.Settings["Events:SigningKey"] = SigningKey;
        await users.CleanAsync();
        await users.ImportAsync();
        await Box.StartWorkerAsync();
    }

    /// <summary>Puts an event of another bill into the sample's queue, past the exchanges.</summary>
    Task PlantAsync(PaymentReversed planted, string key) => PlantAsync(
        planted.EventId, JsonSerializer.SerializeToUtf8Bytes(planted, WireJson.Instance.PaymentReversed), key);

    async Task PlantAsync(Guid id, byte[] body, string key)
    {
        await using var connection = await Amqp.ConnectAsync(Box.Settings["ConnectionStrings:RabbitMq"]!, "tests-planter");
        await using var channel = await connection.ConfirmingChannelAsync();
        var properties = new BasicProperties
        {
            MessageId = id.ToString(),
            ContentType = Wire.ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [Wire.SignatureHeader] = Signature.Compute(body, key),
            },
        };
        await channel.BasicPublishAsync("", BrokerUsers.OwnQueue, mandatory: true, properties, body, Stop);
    }

    /// <summary>The answer to a body that could not be read: no reference, no amount, no bill.</summary>
    static byte[] Rejection(Guid id) => JsonSerializer.SerializeToUtf8Bytes(
        new ReversalRejected
        {
            Rc = Rc.InvalidTransaction,
            Message = "The body is no JSON object.",
            Timestamp = TimeProvider.System.GetUtcNow(),
            EventId = id,
            ClientId = Some.Client,
            Reason = "MALFORMED_BODY",
        },
        WireJson.Instance.ReversalRejected);

    /// <summary>As each language prints what is not there.</summary>
    [GeneratedRegex("(?<=^MALFORMED_BODY.*) (None|null|)(?= )", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Nothing();

    static PaymentReversed Event(string reference, long version) => new()
    {
        Rc = Rc.Success,
        Message = "success",
        Timestamp = TimeProvider.System.GetUtcNow(),
        EventId = Guid.CreateVersion7(),
        ClientId = Some.Client,
        ReferenceId = reference,
        Amount = 12.5m,
        Reason = "REVERSED",
        BillVersion = version,
        Data = new Payment
        {
            Hash = "planted",
            VaNumber = Some.VaNumber,
            InvoiceNumber = "1",
            Type = BillType.Partial,
            TransactionRefId = "",
            Name = "the text ,\"amount\":5 changes nothing",
            CustomerName = "",
            TotalAmount = 1,
            BilledAmount = 1,
            PaidAmount = 0,
            Status = BillStatus.Active,
            ValidUntil = TimeConverter.Latest,
            CreatedAt = TimeConverter.Latest,
            Components = [],
        },
    };

    async Task<string> RunAsync(string language)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["UPSTREAM_URL"] = users.AddressFor(BrokerUsers.OwnUpstream).TrimEnd('/'),
            ["SUBSCRIBER_URL"] = users.AddressFor(BrokerUsers.WithQueue).TrimEnd('/'),
            ["EXCHANGE"] = BrokerUsers.OwnExchange,
            ["QUEUE"] = BrokerUsers.OwnQueue,
            ["CLIENT_ID"] = Some.Client,
            ["API_KEY"] = Some.Key,
            ["EVENTS_KEY"] = SigningKey,
            ["PAYMENT_REF"] = "P1",
            ["REFERENCE_ID"] = $"sample-{language}",
        };
        return await Repository.RunAsync(
            [
                "/usr/bin/env", .. environment.Select(one => $"{one.Key}={one.Value}"),
                "/usr/bin/timeout", "60", Repository.PathOf("tests/samples.sh"), "--run", Folder, language,
            ]);
    }
}
