namespace Reversals.Tests.Integration;

/// <summary>With how many members the worker's queues are made, and what is told of those they have.</summary>
public sealed class QueueMemberTests(Servers servers) : ServerTest(servers)
{
    const string Argument = "x-quorum-initial-group-size";

    /// <summary>To declare a queue with another size than it was made with is an error of the broker's.</summary>
    [Theory]
    [InlineData(null, "3")]
    [InlineData("3", null)]
    [InlineData("3", "5")]
    public async Task A_queue_that_is_there_keeps_its_size_and_is_read(string? made, string? wanted)
    {
        Box.Settings["RabbitMq:QueueMembers"] = made;
        (await VerbRun.OfAsync(Box.Settings, "topology deploy --yes")).ShouldEndWith(0)
            .Out.Contains($"{Argument} {made}", StringComparison.Ordinal).ShouldBe(made is not null);
        Box.Settings["RabbitMq:QueueMembers"] = wanted;

        (await VerbRun.OfAsync(Box.Settings, "topology deploy --yes")).ShouldEndWith(0);
        await Box.StartWorkerAsync();

        (await Box.AskAsync("{}")).Reason.ShouldBe("NO_IDENTIFIER");
        LogCapture.Text.ShouldNotContain("PRECONDITION_FAILED");
    }

    [Fact]
    public async Task A_worker_makes_its_queues_with_the_size_it_is_told()
    {
        Box.Settings["RabbitMq:QueueMembers"] = "3";
        await Box.StartWorkerAsync();
        (await VerbRun.OfAsync(Box.Settings, "topology diff")).ShouldEndWith(0).Out
            .ShouldContain($"{Argument} 3");
    }

    [Fact]
    public async Task Too_few_members_are_named_by_check_status_and_diff_with_what_to_do()
    {
        await using var management = await ManagementPlugin.EnableAsync(Box);
        Box.Settings["RabbitMq:ManagementPort"] = FormattableString.Invariant($"{management.Port}");
        await Box.StartWorkerAsync();
        await Until.TrueAsync(
            async () => await OfAsync("check") is { Code: 0, Out: var text }
                && text.Contains($"members of {Wire.RequestQueue}", StringComparison.Ordinal),
            "the plugin knows the queue and its leader");
        (await OfAsync("status")).ShouldEndWith(0).Out.ShouldContain(", members ");
        (await OfAsync("topology diff")).ShouldEndWith(0);

        Box.Settings["RabbitMq:QueueMembers"] = "3";
        foreach (var verb in (string[])["check", "topology diff", "status"])
        {
            var run = await OfAsync(verb);
            run.Code.ShouldBe(verb is "status" ? 0 : 1, run.Out);
            run.Out.ShouldContain("1 of 3");
            run.Out.ShouldContain("rabbitmq-queues grow");
        }
    }

    [Fact]
    public async Task What_the_plugin_does_not_tell_is_not_known_and_no_problem()
    {
        Box.Settings["RabbitMq:ManagementPort"] = FormattableString.Invariant($"{Ports.Free()}");
        await Box.StartWorkerAsync();
        (await OfAsync("check")).ShouldEndWith(0).Out.ShouldContain("rabbitmqctl list_queues name leader members");
    }

    Task<VerbRun> OfAsync(string verb) => VerbRun.OfAsync(Box.Settings, verb, width: 4_000);
}
