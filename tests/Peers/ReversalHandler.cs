using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Dapper;
using Npgsql;
using Wolverine;
using Wolverine.RDBMS;
using Wolverine.Runtime;

namespace Reversals.Tests.Peers;

/// <summary>A request.</summary>
public sealed record AskedReversal(
    [property: JsonPropertyName("payment_ref")] string PaymentRef,
    [property: JsonPropertyName("reference_id")] string ReferenceId,
    [property: JsonPropertyName("amount")] decimal Amount);

/// <summary>The bill of an event.</summary>
public sealed record ReversedBill([property: JsonPropertyName("hash")] string Hash);

/// <summary>An event, with what can be held against it.</summary>
public sealed record ReversedPayment(
    [property: JsonPropertyName("event_id")] Guid EventId,
    [property: JsonPropertyName("client_id")] string ClientId,
    [property: JsonPropertyName("reference_id")] string ReferenceId,
    [property: JsonPropertyName("payment_ref")] string PaymentRef,
    [property: JsonPropertyName("amount")] decimal Amount,
    [property: JsonPropertyName("bill_version")] long BillVersion,
    [property: JsonPropertyName("data")] ReversedBill Data);

/// <summary>One reversal in one transaction, and its event in the outbox of the same transaction.</summary>
public static class ReversalHandler
{
    const string Find =
        """
        SELECT p.id, p.bill_id, b.version, b.hash
        FROM billing.payment p JOIN billing.bill b ON b.id = p.bill_id
        WHERE p.client_id = @client AND p.payment_ref = @PaymentRef
          AND p.amount - p.reversed_amount >= @Amount
        FOR NO KEY UPDATE OF b, p
        """;

    const string Apply =
        """
        INSERT INTO reversals.reversal
            (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, reversed_at)
        VALUES (@client, @ReferenceId, @hash, @Id, @BillId, @Amount, @eventId, @now);
        UPDATE billing.bill SET paid_amount = paid_amount - @Amount, status = 'active', version = version + 1
        WHERE id = @BillId;
        UPDATE billing.payment SET reversed_amount = reversed_amount + @Amount WHERE id = @Id
        """;

    const string IsKnown =
        "SELECT count(*) FROM reversals.reversal WHERE client_id = @client AND reference_id = @ReferenceId";

    /// <summary>Called by Wolverine for each message.</summary>
    public static async Task Handle(
        AskedReversal asked, Envelope envelope, MessageContext context, NpgsqlDataSource database,
        CancellationToken stop)
    {
        var client = envelope.Headers["Client-Id"]!;
        await using var connection = await database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        using var outbox = new DatabaseEnvelopeTransaction((IMessageDatabase)context.Storage, transaction);
        await context.EnlistInOutboxAsync(outbox);
        var found = await connection.QuerySingleOrDefaultAsync<Found>(
            Find, new { client, asked.PaymentRef, asked.Amount }, transaction);
        if (found is not null && await connection.ExecuteScalarAsync<long>(
            IsKnown, new { client, asked.ReferenceId }, transaction) == 0)
        {
            var now = TimeProvider.System.GetUtcNow();
            var eventId = Guid.CreateVersion7(now);
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{asked}"));
            await connection.ExecuteAsync(
                Apply,
                new { client, asked.ReferenceId, asked.Amount, found.Id, found.BillId, eventId, now, hash },
                transaction);
            await context.PublishAsync(new ReversedPayment(
                eventId, client, asked.ReferenceId, asked.PaymentRef, asked.Amount, found.Version + 1,
                new ReversedBill(found.Hash)));
        }

        await transaction.CommitAsync(stop);
        await context.FlushOutgoingMessagesAsync();
    }

#pragma warning disable CA1812 // Dapper makes it.
    sealed record Found
#pragma warning restore CA1812
    {
        public required long Id { get; init; }
        public required long BillId { get; init; }
        public required long Version { get; init; }
        public required string Hash { get; init; }
    }
}
