using System.Text.RegularExpressions;
using Reversals.Tests.Integration.Harness;

namespace Reversals.Tests.Observability;

/// <summary>The rules by themselves: promtool's verdict, and what stands about each alert.</summary>
public sealed partial class RuleTests
{
    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "rules", "rules.yml")]
    [InlineData("test", "rules", "rules-test.yml")]
    public async Task Promtool_finds_nothing_wrong(string verb, string what, string file)
    {
        var said = await Repository.RunAsync(
            ["promtool", verb, what, Repository.PathOf($"deploy/observability/{file}")]);
        said.ShouldContain("SUCCESS");
    }

    [Fact]
    public void Each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_stays_quiet()
    {
        var cases = Text("deploy/observability/rules-test.yml").Split("  - name: ")[1..];
        bool Has(string alert, string name, bool fires) => cases.Any(one =>
            one.StartsWith($"{alert} {name}\n", StringComparison.Ordinal)
            && Regex.IsMatch(one, $@"alertname: {alert}\b", RegexOptions.None, TimeSpan.FromSeconds(5))
            && one.Contains("exp_labels", StringComparison.Ordinal) == fires);

        Alerts().Length.ShouldBeGreaterThan(10);
        foreach (var alert in Alerts())
        {
            Has(alert, "fires", fires: true).ShouldBeTrue($"no case in which {alert} fires");
            Has(alert, "stays quiet", fires: false).ShouldBeTrue($"no case in which {alert} stays quiet");
        }
    }

    [Fact]
    public void Each_alert_leads_to_its_heading_in_the_runbook_which_begins_with_a_verb_to_run()
    {
        var rules = Text("deploy/observability/rules.yml");
        var sections = Text("deploy/README.md").Split("\n### ");
        foreach (var alert in Alerts())
        {
            rules.ShouldContain($"runbook_url: deploy/README.md#{alert.ToLowerInvariant()}\n");
            var section = sections.SingleOrDefault(one => one.StartsWith(alert + "\n", StringComparison.Ordinal));
            section.ShouldNotBeNull($"deploy/README.md has no heading {alert}");
            Verb().IsMatch(section).ShouldBeTrue($"{alert} names no verb");
        }
    }

    [Fact]
    public async Task Each_verb_that_the_runbook_names_exists()
    {
        var worker = Path.Combine(AppContext.BaseDirectory, "reversal-worker");
        var verbs = Named().Matches(Text("deploy/README.md")).Select(verb => verb.Groups["verb"].Value).ToHashSet();
        verbs.Count.ShouldBeGreaterThan(8);
        foreach (var verb in verbs)
        {
            // A word that is no verb is refused with another exit code.
            (await Repository.RunAsync([worker, .. verb.Split(' '), "--help"])).ShouldContain(verb);
        }
    }

    static string[] Alerts() =>
        [.. Alert().Matches(Text("deploy/observability/rules.yml")).Select(alert => alert.Groups["name"].Value)];

    static string Text(string file) => File.ReadAllText(Repository.PathOf(file));

    [GeneratedRegex(@"- alert: (?<name>\w+)", RegexOptions.None, 5_000)]
    private static partial Regex Alert();

    [GeneratedRegex(
        @"`reversal-worker (?<verb>[a-z]+(?: (?:list|show|replay|discard|retry|diff|deploy|live|ready))?)\b",
        RegexOptions.None, 5_000)]
    private static partial Regex Named();

    [GeneratedRegex(@"First: `reversal-(?:worker|gateway) \w+", RegexOptions.None, 5_000)]
    private static partial Regex Verb();
}
