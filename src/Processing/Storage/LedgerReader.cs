using System.Data;
using System.Text.Json;
using Dapper;
using Npgsql;
using Reversals.Contracts;
using Reversals.Processing.Postgres;

namespace Reversals.Processing.Storage;

/// <summary>Reads what a load found, in its order: bills, payments, keys, earlier deliveries.</summary>
static class LedgerReader
{
    static readonly JsonDocumentOptions Deep = new() { MaxDepth = WireJson.MaxDepth };

    /// <summary>The ledger of a batch.</summary>
    /// <param name="reader">At the first result set.</param>
    /// <param name="lookup">What was looked up.</param>
    /// <param name="reversedBefore">Receives what was reversed of each payment, by its id.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="ConcurrencyConflictException">
    /// A payment appeared whose bill is not locked: run the batch again.
    /// </exception>
    internal static async Task<Ledger> ReadAsync(
        NpgsqlDataReader reader, PaymentLookup lookup, Dictionary<long, decimal> reversedBefore,
        CancellationToken stop)
    {
        var ledger = new Ledger();
        await ReadBillsAsync(reader, ledger, stop);
        await reader.NextResultAsync(stop);
        await ReadPaymentsAsync(reader, lookup, reversedBefore, ledger, stop);
        await reader.NextResultAsync(stop);
        var parse = reader.GetRowParser<StoredReversal>();
        while (await reader.ReadAsync(stop))
        {
            var key = reader.GetString("reference_id");
            var origin = StoredKey.OriginOf(key, reader.GetInt64("key_payment_id"));
            ledger.Add(reader.GetString("client_id"), key, origin, parse(reader));
        }

        while (await reader.NextResultAsync(stop))
        {
            await ReadRememberedAsync(reader, ledger, stop);
        }

        return ledger;
    }

    /// <summary>Dapper reads the plain values; the words and the JSON are read here.</summary>
    static async Task ReadBillsAsync(NpgsqlDataReader reader, Ledger ledger, CancellationToken stop)
    {
        var parse = reader.GetRowParser<Payment>();
        while (await reader.ReadAsync(stop))
        {
            ledger.Add(ToBill(reader, parse(reader)));
        }
    }

    static Bill ToBill(NpgsqlDataReader row, Payment plain) => new()
    {
        Id = row.GetInt64("id"),
        ClientId = row.GetString("client_id"),
        Version = row.GetInt64("version"),
        Model = plain with
        {
            Type = BillTypeConverter.Of(row.GetString("type_word")),
            Status = BillStatusConverter.Of(row.GetString("status_word")),
            TransactionRefId = "",
            Components = row.IsDBNull("lines") ? [] : Lines(row.GetString("lines")),
            AdditionalData = row.IsDBNull("additional")
                ? null
                : JsonElement.Parse(row.GetString("additional"), Deep),
        },
    };

    /// <summary>What is no list of lines is a line of its own.</summary>
    static IReadOnlyList<Component> Lines(string components) => components is ['[', ..]
        ? JsonSerializer.Deserialize(components, WireJson.Instance.IReadOnlyListComponent)!
        : [JsonSerializer.Deserialize(components, WireJson.Instance.Component)!];

    static async Task ReadPaymentsAsync(
        NpgsqlDataReader reader, PaymentLookup lookup, Dictionary<long, decimal> reversedBefore,
        Ledger ledger,
        CancellationToken stop)
    {
        var parse = reader.GetRowParser<BillPayment>();
        while (await reader.ReadAsync(stop))
        {
            if (await reader.IsDBNullAsync(0, stop))
            {
                var (request, onVa) = lookup.Named(
                    reader.GetInt32("level"), reader.GetInt64("place"));
                ledger.AddTooManyHits(request, onVa);
                continue;
            }

            var payment = parse(reader);
            if (!ledger.HasBill(payment.BillId))
            {
                throw new ConcurrencyConflictException();
            }

            reversedBefore[payment.Id] = payment.ReversedAmount;
            ledger.Add(payment);
        }
    }

    /// <summary>A batch has these results as far as it has requests that need them.</summary>
    static async Task ReadRememberedAsync(NpgsqlDataReader reader, Ledger ledger, CancellationToken stop)
    {
        Action add = Rows.HaveColumn(reader, "locked_id") ? () => ledger.AddPending(reader.GetInt64(0))
            : Rows.HaveColumn(reader, "told_event_id") ? () => ledger.AddTold(
                reader.GetString(0), (byte[])reader.GetValue(1), reader.GetGuid(2))
            : () => ledger.AddPendingDelivery(
                reader.GetString(0), reader.GetString(1), (byte[])reader.GetValue(2));
        while (await reader.ReadAsync(stop))
        {
            add();
        }
    }
}
