using Microsoft.Extensions.Logging.Abstractions;
using Reversals.Processing.Configuration;
using Reversals.Processing.Postgres;
using Reversals.Processing.Watching;

namespace Reversals.Tests.Integration;

/// <summary>What a session must have before anything is committed on it, and what a warning means.</summary>
public sealed class CommitSettingTests(Servers servers) : ServerTest(servers)
{
    [Theory]
    [InlineData("synchronous_commit=off", "synchronous_commit is off")]
    [InlineData("synchronous_commit=local", "synchronous_commit is local")]
    [InlineData("client_min_messages=error", "client_min_messages is error")]
    public async Task A_session_on_which_a_commit_means_little_is_refused_with_what_to_do(
        string option, string problem)
    {
        var settings = new NpgsqlConnectionStringBuilder(Box.Books.ConnectionString) { Options = $"-c {option}" };
        var options = new WorkerOptions
        {
            ConnectionStrings = new ConnectionStringOptions { Postgres = settings.ConnectionString },
        };
        await using var worker = Database.Open(settings.ConnectionString, NullLoggerFactory.Instance);
        await using var people = Database.OpenForPeople(settings.ConnectionString, NullLoggerFactory.Instance);
        var said = await new DatabaseReadinessCheck(worker, options, TimeProvider.System).ProblemAsync(Stop);

        said.ShouldNotBeNull().ShouldContain(problem);
        said.ShouldContain("ALTER ROLE");
        await Should.ThrowAsync<NpgsqlException>(async () => await people.OpenConnectionAsync(Stop));
    }

    [Fact]
    public async Task What_the_role_or_the_database_sets_does_not_weaken_a_commit()
    {
        await Box.Books.RunAsync(
            $"ALTER DATABASE {Box.Books.Name} " +
            "SET synchronous_commit = off");
        await using var worker = Database.Open(
            new NpgsqlConnectionStringBuilder(Box.Books.ConnectionString) { Pooling = false }.ConnectionString,
            NullLoggerFactory.Instance);
        await using var command = worker.CreateCommand("SHOW synchronous_commit");
        (await command.ExecuteScalarAsync(Stop)).ShouldBe("on");
    }

    [Fact]
    public async Task A_warning_of_a_trigger_makes_no_commit_doubtful()
    {
        await Box.Books.ManyAsync(1);
        await Box.Books.RunAsync(
            """
            CREATE FUNCTION public.warn() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE WARNING 'noted'; RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON reversals.reversal
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.warn();
            """);
        await Box.StartWorkerAsync();
        (await Box.AskAsync(Some.Request("P1", "request-1"))).Reason.ShouldBe("REVERSED");
        (await Box.Tap.SettleAsync()).Count.ShouldBe(1);
        await Box.Books.OutboxEmptyAsync();
    }
}
