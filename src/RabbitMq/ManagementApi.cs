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

    /// <summary>From the first node that answers.</summary>
    internal static async Task<MembersReport> MembersAsync(
        BrokerOptions options, string[] queues, int expected, CancellationToken stop)
    {
        List<string> problems = [];
        foreach (var node in options.Nodes)
        {
            var address = AddressOf(node, options.ManagementPort);
            try
            {
                return new MembersReport { Queues = await AskAsync(node, address, queues, expected, stop) };
            }
            catch (Exception error) when (!stop.IsCancellationRequested
                && error is HttpRequestException or OperationCanceledException or JsonException)
            {
                problems.Add($"{address}: {error.Message}");
            }
        }

        return new MembersReport
        {
            Problem = $"not known ({string.Join("; ", problems)}). Name RabbitMq:ManagementPort and give " +
                "the user the tag management, or see: rabbitmqctl list_queues name leader members",
        };
    }

    /// <summary>A queue that is not there has none.</summary>
    static async Task<IReadOnlyList<QueueMembers>> AskAsync(
        BrokerOptions node, Uri address, string[] queues, int expected, CancellationToken stop)
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
        List<QueueMembers> found = [];
        foreach (var queue in queues)
        {
            using var answer = await client.GetAsync(PathOf(node, queue), stop);
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                await using var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(stop);
                using var json = await JsonDocument.ParseAsync(body, cancellationToken: stop);
                found.Add(QueueMembers.Of(json.RootElement, expected));
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

    static Uri PathOf(BrokerOptions node, string queue)
    {
        var path = new Uri(node.Address).AbsolutePath;
        var virtualHost = path.Length > 1 ? Uri.UnescapeDataString(path[1..]) : "/";
        string[] parts = ["api", "queues", virtualHost, queue];
        return new Uri(string.Join('/', parts.Select(Uri.EscapeDataString)), UriKind.Relative);
    }
}
