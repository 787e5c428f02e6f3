using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using System.Text.Json;

namespace Reversals.RabbitMq;

/// <summary>The broker's management plugin, asked with the user of the connections.</summary>
static class ManagementApi
{
    const int UsualPort = 15672;
    const int UsualTlsPort = 15671;

    /// <summary>A node that is away keeps nobody waiting.</summary>
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>The members of the queues that are there, from the first node that answers.</summary>
    internal static async Task<MembersReport> MembersAsync(
        BrokerOptions options, string[] queues, int expected, CancellationToken stop)
    {
        var (found, problem) = await AskAsync(options, "queues", queues, "", stop);
        return new MembersReport
        {
            Queues = [.. found.Select(one => QueueMembers.Of(one.Answer, expected))],
            Problem = problem is null ? null
                : $"{problem}, or see: rabbitmqctl list_queues name leader members",
        };
    }

    /// <summary>How many queues and exchanges are bound to each of these exchanges that is there.</summary>
    internal static async Task<SubscribersReport> SubscribersAsync(
        BrokerOptions options, string[] exchanges, CancellationToken stop)
    {
        var (found, problem) = await AskAsync(options, "exchanges", exchanges, "/bindings/source", stop);
        return new SubscribersReport
        {
            Exchanges = [.. found.Select(one => Subscribers.Of(one.Name, one.Answer))],
            Problem = problem is null ? null
                : $"{problem}, or see: rabbitmqctl list_bindings source_name destination_name",
        };
    }

    /// <summary>From the first node that answers; a thing that is not there has no answer.</summary>
    static async Task<(IReadOnlyList<(string Name, JsonElement Answer)> Found, string? Problem)> AskAsync(
        BrokerOptions options, string sort, string[] names, string rest, CancellationToken stop)
    {
        List<string> problems = [];
        foreach (var node in options.Nodes)
        {
            var address = AddressOf(node, options.ManagementPort);
            try
            {
                return (await AskAsync(node, address, sort, names, rest, stop), null);
            }
            catch (Exception error) when (!stop.IsCancellationRequested
                && error is HttpRequestException or OperationCanceledException or JsonException)
            {
                problems.Add($"{address}: {error.Message}");
            }
        }

        return ([], $"not known ({string.Join("; ", problems)}). Name RabbitMq:ManagementPort and give the " +
            "user the tag management");
    }

    static async Task<IReadOnlyList<(string Name, JsonElement Answer)>> AskAsync(
        BrokerOptions node, Uri address, string sort, string[] names, string rest, CancellationToken stop)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectTimeout = Timeout,
            // It would be given the password.
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = BrokerTls.CertificateCheck(node),
            },
        };
        using var client = new HttpClient(handler, disposeHandler: false)
        {
            BaseAddress = address, Timeout = Timeout,
        };
        var user = Uri.UnescapeDataString(new Uri(node.Address).UserInfo);
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
        List<(string Name, JsonElement Answer)> found = [];
        foreach (var name in names)
        {
            using var answer = await client.GetAsync(PathOf(node, sort, name, rest), stop);
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                await using var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(stop);
                using var json = await JsonDocument.ParseAsync(body, cancellationToken: stop);
                found.Add((name, json.RootElement.Clone()));
            }
        }

        return found;
    }

    static Uri AddressOf(BrokerOptions node, int? port)
    {
        var address = new Uri(node.Address);
        var isEncrypted = BrokerConnection.IsEncrypted(address);
        return new UriBuilder(
            isEncrypted ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, address.Host,
            port ?? (isEncrypted ? UsualTlsPort : UsualPort)).Uri;
    }

    static Uri PathOf(BrokerOptions node, string sort, string name, string rest)
    {
        var path = new Uri(node.Address).AbsolutePath;
        var virtualHost = path.Length > 1 ? Uri.UnescapeDataString(path[1..]) : "/";
        string[] parts = ["api", sort, virtualHost, name];
        return new Uri(string.Join('/', parts.Select(Uri.EscapeDataString)) + rest, UriKind.Relative);
    }
}
