namespace Reversals.Tests.Integration.Harness;

/// <summary>What goes wrong in a database of the biller's: triggers that fail, sessions that hold something.</summary>
static class Trouble
{
    /// <summary>Name under which the session that holds something signs in.</summary>
    internal const string Holder = "nightly-report";

    /// <summary>From now on rows of this table fail with this error; only those that fit, if told which.</summary>
    internal static Task FailAsync(this Books books, string table, string state, string when = "true") =>
        books.TriggerAsync(
            table, when, $"RAISE EXCEPTION 'this is what the trigger says' USING ERRCODE = '{state}'");

    /// <summary>From now on rows of this table take so long.</summary>
    internal static Task SlowAsync(this Books books, string table, int seconds, string when = "true") =>
        books.TriggerAsync(table, when, $"PERFORM pg_sleep({seconds})");

    /// <summary>The trigger is taken away again.</summary>
    internal static Task MendAsync(this Books books, string table) =>
        books.RunAsync($"DROP TRIGGER trouble ON {table}");

    /// <summary>Somebody holds this until it is disposed of.</summary>
    internal static async Task<NpgsqlConnection> HoldAsync(this Books books, string statement)
    {
        var settings = new NpgsqlConnectionStringBuilder(books.ConnectionString)
        {
            ApplicationName = Holder, Pooling = false,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var hold = new NpgsqlCommand("BEGIN; " + statement, connection);
        await hold.ExecuteNonQueryAsync();
        return connection;
    }

    static Task TriggerAsync(this Books books, string table, string when, string statement) => books.RunAsync(
        $"""
        CREATE OR REPLACE FUNCTION public.trouble() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {when} THEN
                {statement};
            END IF;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER trouble BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION public.trouble()
        """);
}
