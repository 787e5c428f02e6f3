using System.Text.Json.Nodes;

namespace Reversals.Tests.Integration.Harness;

/// <summary>
/// The users of <c>deploy/rabbitmq/definitions.sh</c>, each with a password of its own. They go by names of the
/// run's own: users belong to the whole broker, and that may be somebody's.
/// </summary>
public sealed class BrokerUsers(Servers servers) : IAsyncLifetime
{
    internal const string Upstream = "upstream";
    internal const string Worker = "reversal-worker";
    internal const string Gateway = "reversal-gateway";
    internal const string Subscriber = "subscriber";

    /// <summary>A subscriber whose name is the beginning of the other's.</summary>
    internal const string Neighbour = "sub";

    /// <summary>An upstream with an exchange of its own.</summary>
    internal const string OwnUpstream = "acme";

    /// <summary>A subscriber whose queue the file makes.</summary>
    internal const string WithQueue = "app";

    internal const string OwnExchange = OwnUpstream + "-reversals";
    internal const string OwnQueue = WithQueue + "-reversal-events";

    internal const string Operator = "reversal-operator";
    /// <summary>Of the same subscriber, for messages that are not the worker's.</summary>
    internal const string OtherQueue = WithQueue + "-others";

    internal const string Ops = "ops";

    readonly string _prefix = $"it-{Guid.CreateVersion7().ToString("N")[^12..]}-";
    readonly DirectoryInfo _passwords = Directory.CreateTempSubdirectory("reversal-users-");
    JsonObject _definitions = [];

    public async ValueTask InitializeAsync()
    {
        var printed = await Repository.RunAsync(
            [
                Repository.PathOf("deploy/rabbitmq/definitions.sh"), _passwords.FullName, servers.VirtualHost,
                Subscriber, Neighbour, $"upstream:{OwnUpstream}", $"queue:{WithQueue}",
            ]);
        _definitions = JsonNode.Parse(printed)!.AsObject();
        foreach (var user in _definitions["users"]!.AsArray())
        {
            user!["name"] = _prefix + user["name"];
        }

        foreach (var permission in _definitions["permissions"]!.AsArray())
        {
            permission!["user"] = _prefix + permission["user"];
        }

        await ImportAsync();
    }

    public async ValueTask DisposeAsync()
    {
        string[] names = [Upstream, Worker, Gateway, Subscriber, Neighbour, OwnUpstream, WithQueue, Operator, Ops];
        var list = string.Join(", ", names.Select(name => $"<<\"{NameOf(name)}\">>"));
        await ControlAsync(
            "eval", $"[rabbit_auth_backend_internal:delete_user(User, <<\"tests\">>) || User <- [{list}]].");
        await CleanAsync();
        _passwords.Delete(recursive: true);
    }

    /// <summary>Deletes what the file makes for neighbours, and what their buses made beside it.</summary>
    internal async Task CleanAsync()
    {
        await using var connection = await Amqp.ConnectAsync(servers.RabbitMq, "tests-operator");
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(OwnQueue);
        await channel.QueueDeleteAsync(OwnQueue + "_error");
        await channel.QueueDeleteAsync(OtherQueue);
        await channel.ExchangeDeleteAsync(OwnQueue);
        await channel.ExchangeDeleteAsync(OwnQueue + "_error");
        await channel.ExchangeDeleteAsync(OtherQueue);
        await channel.ExchangeDeleteAsync(OwnExchange);
    }

    internal string NameOf(string user) => _prefix + user;

    internal string PasswordOf(string user) => File.ReadAllText(Path.Combine(_passwords.FullName, user));

    /// <summary>The broker's address with this user's credentials.</summary>
    internal string AddressFor(string user) => new UriBuilder(servers.RabbitMq)
    {
        UserName = NameOf(user),
        Password = PasswordOf(user),
    }.Uri.AbsoluteUri;

    /// <summary>
    /// Gives everybody the rights of the file again. The tool's own import wants a file on the broker's
    /// machine, and says that it has imported before it has.
    /// </summary>
    internal Task ImportAsync()
    {
        var file = Convert.ToBase64String(Encoding.UTF8.GetBytes(_definitions.ToJsonString()));
        return ControlAsync(
            "eval", $"ok = rabbit_definitions:import_raw(base64:decode(<<\"{file}\">>)).");
    }

    /// <summary>Gives a user other rights than those of the file.</summary>
    internal Task PermitAsync(string user, string configure, string write, string read) => ControlAsync(
        "set_permissions", "-p", servers.VirtualHost, NameOf(user), configure, write, read);

    /// <summary>Gives a user another password.</summary>
    internal Task SetPasswordAsync(string user, string password) =>
        ControlAsync("change_password", NameOf(user), password);

    Task<string> ControlAsync(params string[] command) => servers.ControlAsync(command);
}
