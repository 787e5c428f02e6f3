using Npgsql;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A biller that partitions its tables.</summary>
static class Partitions
{
    /// <summary>Makes the empty table anew, in parts.</summary>
    internal static async Task MakeAsync(Books books, string table, string by, string key)
    {
        var parts = by.StartsWith("HASH", StringComparison.Ordinal)
            ? Enumerable.Range(0, 4).Select(part => $"FOR VALUES WITH (MODULUS 4, REMAINDER {part})")
            : by.StartsWith("LIST", StringComparison.Ordinal)
                ? ["FOR VALUES IN ('paid', 'void')", "FOR VALUES IN ('active')", "DEFAULT"]
                : ["FOR VALUES FROM (MINVALUE) TO (now() - interval '5 days')", "DEFAULT"];
        var old = books.Name;
        await books.RunAsync(
            $"""
            ALTER TABLE billing.payment DROP CONSTRAINT IF EXISTS payment_bill_id_fkey;
            ALTER TABLE billing.{table} RENAME TO {old}_{table};
            CREATE TABLE billing.{table} (
                LIKE billing.{old}_{table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY {by};
            CREATE SEQUENCE billing.{table}_numbers;
            ALTER TABLE billing.{table} ALTER id SET DEFAULT nextval('billing.{table}_numbers'),
                ADD PRIMARY KEY ({key});
            """);
        foreach (var (part, values) in parts.Index())
        {
            await books.RunAsync(
                $"CREATE TABLE billing.{table}_{part} PARTITION OF billing.{table} {values}");
        }

        await books.RunAsync(table == "payment"
            ? """
              CREATE INDEX ON billing.payment (client_id, payment_ref);
              CREATE INDEX ON billing.payment (client_id, reference_id);
              CREATE INDEX ON billing.payment (client_id, "right"(va_number, 10))
              """
            : "SELECT 1");
    }
}
