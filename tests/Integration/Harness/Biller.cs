using Npgsql;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A biller's program: it signs in as <c>reversal_biller</c>, counts in cents and calls functions.</summary>
sealed class Biller(string connectionString) : IAsyncDisposable
{
    readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(connectionString);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>Gives a bill these contents; returns its version.</summary>
    internal Task<long> PutAsync(
        long bill, string client = Some.Client, string type = "open", long cents = 10_000_000,
        string vaNumber = Some.VaNumber, int validForDays = 30, bool isVoid = false, string name = "SPP") =>
        CallAsync(
            """
            SELECT billing.put_bill(
                client_id => $1, bill_id => $2, hash => 'hash', va_number => $3, invoice_number => 'INV-1',
                type => $4, name => $8, customer_name => 'Siti', total_cents => $5,
                valid_until => date_trunc('day', now()) + $6 * interval '1 day', is_void => $7)
            """,
            client, bill, vaNumber, type, cents, validForDays, isVoid, name);

    /// <summary>Records a payment; returns its id.</summary>
    internal Task<long> PayAsync(
        long bill, string? paymentRef, long cents, string client = Some.Client, string? channel = null) =>
        CallAsync(
            """
            SELECT billing.record_payment(
                client_id => $1, bill_id => $2, payment_ref => $3, amount_cents => $4, channel => $5)
            """,
            client, bill, paymentRef, cents, channel);

    /// <summary>Runs one statement.</summary>
    internal async Task<long> CallAsync(string sql, params object?[] values)
    {
        await using var command = _database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(value is null
                ? new NpgsqlParameter { Value = DBNull.Value, DataTypeName = "text" }
                : new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteScalarAsync() is long number ? number : 0;
    }
}
