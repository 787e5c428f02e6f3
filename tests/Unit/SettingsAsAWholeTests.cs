namespace Reversals.Tests.Unit;

/// <summary>What no single value shows: settings that do not exist, clients that are not there.</summary>
public sealed class SettingsAsAWholeTests
{
    [Theory]
    [InlineData("Batching:Limitt", "Limit, Lanes, Interval, LongestRest, PauseAfter")]
    [InlineData("Clients:acme:ApiKey",
        "ApiKeys, Enabled, StatusAfterReversal, ReversalWindow, PendingFor, MaxPending, ClockTolerance")]
    [InlineData("Clients:globex:Window",
        "ApiKeys, Enabled, StatusAfterReversal, ReversalWindow, PendingFor, MaxPending, ClockTolerance")]
    [InlineData("Events:Key", "SigningKey, NextSigningKey")]
    [InlineData("ConnectionStrings:Rabbit", "Postgres, RabbitMq")]
    public void An_unknown_setting_is_named_with_those_there_are(string setting, string known)
    {
        var problems = Settings.Problems((setting, "x"), ("Clients:globex:ApiKeys:0", "globex-key"));
        problems.ShouldHaveSingleItem().ShouldBe($"{setting}: no such setting; expected one of {known}");
    }

    [Fact]
    public void The_case_of_a_setting_does_not_matter_and_the_machines_other_variables_are_not_ours() =>
        Settings.Read(("BATCHING:limit", "7"), ("PATH", "/bin"), ("Home:Of", "x")).Batching.Limit.ShouldBe(7);

    [Fact]
    public void Without_a_client_or_without_its_keys_there_is_nothing_to_do()
    {
        Settings.Problems(("Clients:acme:ApiKeys:0", null), ("Clients:acme:ApiKeys:1", null))
            .ShouldHaveSingleItem()
            .ShouldBe("Clients: expected at least one client, as Clients:<client_id>:ApiKeys:0; found none");
        Settings.Problems(("Clients:globex:StatusAfterReversal", "active")).ShouldHaveSingleItem()
            .ShouldStartWith("Clients:globex:ApiKeys: expected at least one key, as Clients:globex:");
    }

    [Fact]
    public void A_key_that_stands_where_the_list_of_keys_belongs_is_a_problem_and_is_not_printed()
    {
        var problems = Settings.Problems(("Clients:globex:ApiKeys", Settings.Secret + "-globex"));
        problems.ShouldHaveSingleItem().ShouldStartWith("Clients:globex:ApiKeys: expected at least one key");
    }

    [Fact]
    public void A_single_value_where_a_list_belongs_is_a_problem_and_is_not_printed()
    {
        Settings.Problems(("Page:Hosts", Settings.Secret)).ShouldHaveSingleItem()
            .ShouldBe("Page:Hosts: expected a list, as Page:Hosts:0; found a single value");
    }

    /// <summary>A client that silently is not there has all its requests quarantined.</summary>
    [Fact]
    public void A_client_with_a_value_that_cannot_be_read_does_not_simply_vanish()
    {
        const string setting = "Clients:globex:ReversalWindow";
        Settings.Problems(("Clients:globex:ApiKeys:0", "globex-key"), (setting, "soon"))
            .ShouldHaveSingleItem().ShouldContain(setting);
    }

    [Fact]
    public void All_problems_are_told_at_once() =>
        Settings.Problems(("Batching:Limit", "0"), ("Health:Port", "0"), ("Events:Nope", "x"))
            .Length.ShouldBe(3);

    [Fact]
    public void A_client_id_is_at_most_64_characters() =>
        Settings.Problems(($"Clients:{new string('x', 65)}:ApiKeys:0", Settings.Secret))
            .ShouldHaveSingleItem().ShouldEndWith("expected a client id of 1–64 characters, found 65");

    [Fact]
    public void Every_secret_is_known_to_the_mask() =>
        WorkerConfiguration.Secrets(
            Settings.Read(("Page:Postgres", $"Host=db;Password={Settings.Secret}-page"))).ShouldBe(
            [
                Settings.Secret + "-page",
                Settings.Secret + "-1", Settings.Secret + "-2", Settings.Secret + "-events",
                Settings.Secret + "-pg", Settings.Secret + "%2Fmq", Settings.Secret + "/mq",
            ],
            ignoreOrder: true);
}
