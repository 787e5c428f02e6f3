namespace Reversals.Tests.Chaos;

/// <summary>
/// A machine of the cluster: an address of its own and, where the system allows it, a network of its own
/// that can be cut off.
/// </summary>
sealed record ClusterHost(int Number, string Address, bool HasNetwork)
{
    /// <summary>Behind the @ of a broker's node: Erlang's tools want a name and no address.</summary>
    internal string Name => HasNetwork ? Network : "localhost";

    internal string Network => string.Create(CultureInfo.InvariantCulture, $"host{Number}");

    internal string Cable => string.Create(CultureInfo.InvariantCulture, $"cable{Number}");

    /// <summary>Starts a program there.</summary>
    internal ChildProcess Start(
        IEnumerable<string> command, IEnumerable<KeyValuePair<string, string?>> settings, Action<string> hear)
    {
        var all = Here(command);
        return ChildProcess.Start(all[0], all[1..], settings, hear, keep: 20);
    }

    /// <summary>Runs a program there to its end.</summary>
    internal Task<string> RunAsync(IEnumerable<string> command, bool mayFail = false) =>
        Repository.RunAsync(Here(command), mayFail: mayFail);

    /// <summary>Nothing reaches it any more, and it reaches nobody; nobody is told so.</summary>
    internal Task CutAsync() => ClusterHosts.IpAsync($"link set {Cable} down");

    internal Task JoinAsync() =>
        HasNetwork ? ClusterHosts.IpAsync($"link set {Cable} up") : Task.CompletedTask;

    string[] Here(IEnumerable<string> command) =>
        HasNetwork ? ["ip", "netns", "exec", Network, .. command] : [.. command];
}

/// <summary>
/// The machines. tests/chaos.sh starts this program in a network of its own when it may; then each machine
/// gets one too, and all of them hang on one switch. Else they are addresses of the loopback, and nothing is
/// cut off.
/// </summary>
sealed class ClusterHosts
{
    /// <summary>One with a PostgreSQL and a RabbitMQ each.</summary>
    internal const int Servers = 3;

    internal const int Workers = 2;

    /// <summary>Set by tests/chaos.sh.</summary>
    const string Variable = "CLUSTER_NETWORK";

    ClusterHosts(IReadOnlyList<ClusterHost> all) => All = all;

    internal IReadOnlyList<ClusterHost> All { get; }

    internal bool HaveNetworks => All[0].HasNetwork;

    internal IEnumerable<ClusterHost> OfServers => All.Take(Servers);

    internal IEnumerable<ClusterHost> OfWorkers => All.Skip(Servers);

    /// <param name="folder">For a file with their names.</param>
    internal static async Task<ClusterHosts> PrepareAsync(string folder)
    {
        var own = Environment.GetEnvironmentVariable(Variable) is "own";
        var hosts = new ClusterHosts(
        [
            .. Enumerable.Range(1, Servers + Workers).Select(number => new ClusterHost(
                number,
                string.Create(CultureInfo.InvariantCulture, $"{(own ? "10.83.0" : "127.0.0")}.{10 + number}"),
                own)),
        ]);
        if (own)
        {
            await hosts.ConnectAsync();
            await hosts.NameAsync(Path.Combine(folder, "hosts"));
        }

        return hosts;
    }

    internal static Task IpAsync(string arguments) => Repository.RunAsync(["ip", .. arguments.Split(' ')]);

    async Task ConnectAsync()
    {
        await IpAsync("link add switch type bridge");
        await IpAsync("addr add 10.83.0.1/24 dev switch");
        await IpAsync("link set switch up");
        foreach (var host in All)
        {
            await IpAsync($"netns add {host.Network}");
            await IpAsync($"link add {host.Cable} type veth peer name eth0 netns {host.Network}");
            await IpAsync($"link set {host.Cable} master switch up");
            await IpAsync($"-n {host.Network} addr add {host.Address}/24 dev eth0");
            await IpAsync($"-n {host.Network} link set eth0 up");
            await IpAsync($"-n {host.Network} link set lo up");
        }
    }

    /// <summary>Only this program and its children see these names.</summary>
    async Task NameAsync(string file)
    {
        await File.WriteAllLinesAsync(
            file, ["127.0.0.1 localhost", .. All.Select(host => $"{host.Address} {host.Network}")]);
        await Repository.RunAsync(["mount", "--bind", file, "/etc/hosts"]);
    }
}
