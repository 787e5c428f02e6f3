using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Npgsql;
using Reversals.Contracts;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>A request as a MassTransit message.</summary>
#pragma warning disable CA1812 // MassTransit makes it.
sealed record AskedReversal
#pragma warning restore CA1812
{
    [JsonPropertyName("payment_ref")]
    public required string PaymentRef { get; init; }

    [JsonPropertyName("reference_id")]
    public required string ReferenceId { get; init; }

    [JsonPropertyName("amount")]
    public required decimal Amount { get; init; }

    [JsonPropertyName("virtual_account")]
    public string? VirtualAccount { get; init; }

    [JsonPropertyName("channel")]
    public string? Channel { get; init; }

    [JsonPropertyName("prefix")]
    public string? Prefix { get; init; }
}

/// <summary>
/// One reversal in the transaction that is open: read and lock, decide, write. Two round trips, and the
/// commit.
/// </summary>
static class HandWrittenReversal
{
    const string Find =
        """
        SELECT b.id, b.client_id, b.version, b.type AS type_word, b.status AS status_word, b.components AS lines,
               b.additional_data AS additional,
               b.hash, b.va_number, b.invoice_number, b.name, b.customer_name, b.customer_email, b.customer_phone,
               b.customer_address, b.total_amount, b.billed_amount, b.paid_amount, b.description,
               b.ext_description, b.valid_until, b.created_at,
               p.*
        FROM billing.payment p JOIN billing.bill b ON b.id = p.bill_id
        WHERE p.client_id = @client AND p.payment_ref = @PaymentRef
        FOR NO KEY UPDATE OF b, p
        """;

    /// <summary>A reference that was used meanwhile breaks the key, and the retry finds it.</summary>
    const string Apply =
        """
        INSERT INTO reversals.reversal
            (client_id, reference_id, request_hash, payment_id, bill_id, amount, event_id, reversed_at)
        VALUES (@ClientId, @Key, @hash, @payment, @bill, @Amount, @EventId, @Timestamp);
        UPDATE billing.bill SET paid_amount = @paid, status = @status, version = @version WHERE id = @bill;
        UPDATE billing.payment SET reversed_amount = @reversed WHERE id = @payment;
        """ + Answer;

    const string Answer =
        """
        INSERT INTO reversals.event
            (event_id, kind, client_id, reference_id, payment_ref, rc, reason, body, occurred_at)
        VALUES (@EventId, @EventName, @ClientId, @Key, @PaymentRef, @Rc, @Reason, @body, @Timestamp);
        """;

    const string IntoOutbox =
        "INSERT INTO reversals.outbox (kind, event_id, bill_id) VALUES (@EventName, @EventId, @bill)";

    const string AgainIntoOutbox =
        """
        INSERT INTO reversals.outbox (kind, event_id, replayed)
        SELECT 'payment.reversal', r.event_id, true FROM reversals.reversal r
        WHERE r.client_id = @client AND r.reference_id = @ReferenceId AND r.request_hash = @hash
        """;

    const string Again =
        """
        SELECT e.body FROM reversals.reversal r JOIN reversals.event e ON e.event_id = r.event_id
        WHERE r.client_id = @client AND r.reference_id = @ReferenceId AND r.request_hash = @hash
        """;

    /// <param name="connection">In a transaction.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="asked">For what.</param>
    /// <param name="hasOutbox">The event goes into the outbox too; otherwise the caller has its own.</param>
    /// <returns>The event; null: an earlier one went into the outbox again.</returns>
    internal static async Task<ReversalEvent?> ApplyAsync(
        NpgsqlConnection connection, string client, AskedReversal asked, bool hasOutbox)
    {
        var now = TimeProvider.System.GetUtcNow();
        var request = new ReversalRequest
        {
            ClientId = client, SentAt = now, ReceivedAt = now, PaymentRef = asked.PaymentRef,
            ReferenceId = asked.ReferenceId, Amount = asked.Amount, VaNumber = asked.VirtualAccount,
            Prefix = asked.Prefix, Channel = asked.Channel,
        };
        var hash = request.ContentHash();
        var found = (await connection.QueryAsync<BillWords, Payment, BillPayment, (Bill Bill, BillPayment Payment)>(
            Find, (words, model, payment) => (words.ToBill(model), payment), new { client, asked.PaymentRef },
            splitOn: "hash,id")).ToArray();
        if (found is [var (bill, payment)]
            && asked.Amount <= payment.Remaining && asked.Amount <= bill.PaidAmount)
        {
            return await WriteAsync(connection, request, bill, payment, hash, now, hasOutbox);
        }

        var again = new { client, asked.ReferenceId, hash };
        if (hasOutbox && await connection.ExecuteAsync(AgainIntoOutbox, again) > 0)
        {
            return null;
        }

        return !hasOutbox && await connection.ExecuteScalarAsync<byte[]>(Again, again) is { } body
            ? ReversalEvent.Read(body)
            : await RejectAsync(connection, request, found.Length == 0, now, hasOutbox);
    }

    static async Task<ReversalEvent> WriteAsync(
        NpgsqlConnection connection, ReversalRequest request, Bill bill, BillPayment payment, byte[] hash,
        DateTimeOffset now, bool hasOutbox)
    {
        var amount = request.Amount!.Value;
        var after = payment with { ReversedAmount = payment.ReversedAmount + amount };
        var applied = new Applied
        {
            Reason = after.Remaining == 0 ? Reason.Reversed : Reason.PartiallyReversed,
            Payment = after,
            Amount = amount,
            Bill = bill with
            {
                Model = bill.Model with
                {
                    PaidAmount = bill.PaidAmount - amount, Status = BillStatus.Active,
                },
                Version = bill.Version + 1,
            },
        };
        var answer = EventFactory.For(applied, request, Guid.CreateVersion7(now), now);
        await connection.ExecuteAsync(hasOutbox ? Apply + IntoOutbox : Apply, new
        {
            request.ClientId, request.Key, hash, payment = payment.Id, bill = bill.Id, Amount = amount,
            paid = applied.Bill.PaidAmount, status = BillStatusConverter.WordOf(applied.Bill.Status),
            version = applied.Bill.Version, reversed = after.ReversedAmount,
            answer.EventId, answer.EventName, answer.PaymentRef, answer.Rc, answer.Reason, answer.Timestamp,
            body = JsonSerializer.SerializeToUtf8Bytes(answer, WireJson.Instance.PaymentReversed),
        });
        return answer;
    }

    static async Task<ReversalEvent> RejectAsync(
        NpgsqlConnection connection, ReversalRequest request, bool isUnknown, DateTimeOffset now,
        bool hasOutbox)
    {
        var rejected = new Rejected
        {
            Rejection = Rejection.For(isUnknown ? Reason.PaymentNotFound : Reason.ExceedsRemaining),
        };
        var answer = EventFactory.For(rejected, request, Guid.CreateVersion7(now), now);
        await connection.ExecuteAsync(hasOutbox ? Answer + IntoOutbox : Answer, new
        {
            answer.EventId, answer.EventName, answer.ClientId, request.Key, answer.PaymentRef, answer.Rc,
            answer.Reason, answer.Timestamp, bill = (long?)null,
            body = JsonSerializer.SerializeToUtf8Bytes(answer, WireJson.Instance.ReversalRejected),
        });
        return answer;
    }

    /// <summary>What of a bill is no plain value of its model.</summary>
#pragma warning disable CA1812 // Dapper makes it.
    sealed record BillWords
#pragma warning restore CA1812
    {
        public required long Id { get; init; }
        public required string ClientId { get; init; }
        public required long Version { get; init; }
        public required string TypeWord { get; init; }
        public required string StatusWord { get; init; }
        public required string Lines { get; init; }
        public string? Additional { get; init; }

        internal Bill ToBill(Payment model) => new()
        {
            Id = Id,
            ClientId = ClientId,
            Version = Version,
            Model = model with
            {
                Type = BillTypeConverter.Of(TypeWord),
                Status = BillStatusConverter.Of(StatusWord),
                TransactionRefId = "",
                Components = JsonSerializer.Deserialize(Lines, WireJson.Instance.IReadOnlyListComponent)!,
                AdditionalData = Additional is null ? null : JsonElement.Parse(Additional),
            },
        };
    }
}
