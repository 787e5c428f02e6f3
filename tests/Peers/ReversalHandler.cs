using System.Text;
using System.Text.Json.Serialization;
using Npgsql;
using Reversals.Contracts;
using Reversals.Tests.Benchmarks.Contestants;
using Wolverine;
using Wolverine.RDBMS;
using Wolverine.Runtime;

namespace Reversals.Tests.Peers;

/// <summary>A request as a message of Wolverine's, whose types are public.</summary>
public sealed record ReversalAsked(
    [property: JsonPropertyName("payment_ref")] string PaymentRef,
    [property: JsonPropertyName("reference_id")] string ReferenceId,
    [property: JsonPropertyName("amount")] decimal Amount,
    [property: JsonPropertyName("virtual_account")] string? VirtualAccount,
    [property: JsonPropertyName("channel")] string? Channel,
    [property: JsonPropertyName("prefix")] string? Prefix);

/// <summary>The key of each client, by the settings of the worker.</summary>
public sealed class ApiKeys(Func<string, string?> find)
{
    internal byte[] Of(string client) => Encoding.UTF8.GetBytes(
        find(client) ?? throw new UnauthorizedAccessException($"{client} has no key"));
}

/// <summary>One reversal in one transaction, and its event in the outbox of the same transaction.</summary>
public static class ReversalHandler
{
    /// <summary>Called by Wolverine for each message.</summary>
    public static async Task Handle(
        ReversalAsked asked, Envelope envelope, MessageContext context, NpgsqlDataSource database,
        ApiKeys keys, CancellationToken stop)
    {
        var client = envelope.Headers[Wire.ClientIdHeader]!;
        if (!Signature.Verify(envelope.Data, keys.Of(client), envelope.Headers[Wire.SignatureHeader]))
        {
            throw new UnauthorizedAccessException($"not signed by {client}");
        }

        await using var connection = await database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        using var outbox = new DatabaseEnvelopeTransaction((IMessageDatabase)context.Storage, transaction);
        await context.EnlistInOutboxAsync(outbox);
        var told = await HandWrittenReversal.ApplyAsync(
            connection, client, new AskedReversal
            {
                PaymentRef = asked.PaymentRef, ReferenceId = asked.ReferenceId, Amount = asked.Amount,
                VirtualAccount = asked.VirtualAccount, Channel = asked.Channel, Prefix = asked.Prefix,
            },
            hasOutbox: false);
        await context.PublishAsync(told!);
        await transaction.CommitAsync(stop);
        await context.FlushOutgoingMessagesAsync();
    }
}
