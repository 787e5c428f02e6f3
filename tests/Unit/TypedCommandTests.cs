using System.Text.RegularExpressions;

namespace Reversals.Tests.Unit;

/// <summary>
/// What deploy/README.md says to type in each way of deployment names what the files of that deployment have.
/// </summary>
public sealed partial class TypedCommandTests
{
    [Theory]
    [InlineData("docker compose", @"exec (\S+) /app", "docker-compose.yml", "  {0}:\n")]
    [InlineData("docker compose", @"exec \S+ (\S+) check", "deploy/Dockerfile", "ENTRYPOINT [\"{0}\"]")]
    [InlineData("docker compose", @"[""] (\S+) status", "docker-compose.yml", "  {0}:\n")]
    [InlineData("docker compose", @"Host=(\w+);", "docker-compose.yml", "  {0}:\n")]
    [InlineData("docker compose", @"Username=(\w+);", "deploy/postgres/roles.sql", "TO {0};")]
    [InlineData("docker compose", @"cat deploy/secrets(/\S+)\)", "docker-compose.yml", "./deploy/secrets}}{0}\"")]
    [InlineData("Kubernetes", @"-n (\S+) exec", "deploy/kubernetes/base/kustomization.yaml", "namespace: {0}\n")]
    [InlineData("Kubernetes", @"deployment/(\S+) --", "deploy/kubernetes/base/worker.yaml", "name: {0}\n")]
    [InlineData("Kubernetes", @"-- (\S+) check", "deploy/Dockerfile", "ENTRYPOINT [\"{0}\"]")]
    [InlineData("Kubernetes", @"service/(\S+)-rw", "deploy/kubernetes/operators/postgres.yaml", "{{name: {0}}}\n")]
    [InlineData("Kubernetes", @"Secret `(\S+)`", "deploy/kubernetes/base/migrate.yaml", "secret: {{name: {0}}}\n")]
    [InlineData("systemd", @"-u (\S+) env", "deploy/systemd/reversal-worker.service", "User={0}\n")]
    [InlineData("systemd", @"env (\S+) ", "deploy/systemd/reversal-worker.service", "Environment={0}\n")]
    [InlineData("systemd", @" (/\S+) check", "deploy/systemd/reversal-worker.service", "ExecStart={0} run\n")]
    [InlineData("systemd", @"`(/\S+) status", "deploy/systemd/reversal-worker.service", "ExecStart={0} run\n")]
    public void A_name_in_a_typed_command_is_one_of_the_deployment(
        string deployment, string pattern, string file, string has)
    {
        var name = Regex.Match(Row(deployment), pattern, RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value;
        name.ShouldNotBeEmpty(pattern);
        File.ReadAllText(Repository.PathOf(file)).ShouldContain(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, has, name));
    }

    [Fact]
    public void Each_way_of_deployment_has_a_row() =>
        Deployments().Matches(Text()).Select(row => row.Groups["name"].Value)
            .ShouldBe(["the binary", "docker compose", "Kubernetes", "systemd"]);

    static string Row(string deployment) => Text().Split('\n')
        .Single(line => line.StartsWith($"| {deployment} |", StringComparison.Ordinal));

    static string Text() => File.ReadAllText(Repository.PathOf("deploy/README.md"));

    [GeneratedRegex(
        @"^\| (?<name>[^|]+?) \| `[^|]*check` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Deployments();
}
