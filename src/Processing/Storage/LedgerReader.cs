using Dapper;
using Npgsql;

namespace Reversals.Processing.Storage;

/// <summary>Reads what a load found, in its order: bills, payments, keys, remembered requests.</summary>
static class LedgerReader
{
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
        foreach (var row in await Rows.ReadAsync<BillRow>(reader, stop))
        {
            ledger.Add(row.ToBill());
        }

        await reader.NextResultAsync(stop);
        await ReadPaymentsAsync(reader, lookup, reversedBefore, ledger, stop);
        await reader.NextResultAsync(stop);
        foreach (var row in await Rows.ReadAsync<ReversalRow>(reader, stop))
        {
            ledger.Add(row.ClientId, row.ReferenceId, row.KeyOrigin, row.ToReversal());
        }

        await ReadPendingAsync(reader, ledger, stop);
        return ledger;
    }

    static async Task ReadPaymentsAsync(
        NpgsqlDataReader reader, PaymentLookup lookup, Dictionary<long, decimal> reversedBefore,
        Ledger ledger,
        CancellationToken stop)
    {
        var parse = reader.GetRowParser<PaymentRow>();
        while (await reader.ReadAsync(stop))
        {
            if (await reader.IsDBNullAsync(0, stop))
            {
                var (request, onVa) = lookup.Named(
                    reader.GetInt32(reader.GetOrdinal("level")),
                    reader.GetInt64(reader.GetOrdinal("place")));
                ledger.AddTooManyHits(request, onVa);
                continue;
            }

            var row = parse(reader);
            if (!ledger.HasBill(row.BillId))
            {
                throw new ConcurrencyConflictException();
            }

            reversedBefore[row.Id] = row.ReversedAmount;
            ledger.Add(row.ToPayment());
        }
    }

    /// <summary>A batch with pending requests has one or both of the two results.</summary>
    static async Task ReadPendingAsync(NpgsqlDataReader reader, Ledger ledger, CancellationToken stop)
    {
        while (await reader.NextResultAsync(stop))
        {
            var isLocked = Rows.HaveColumn(reader, "locked_id");
            while (await reader.ReadAsync(stop))
            {
                if (isLocked)
                {
                    ledger.AddPending(reader.GetInt64(0));
                }
                else
                {
                    ledger.AddPendingDelivery(
                        reader.GetString(0), reader.GetString(1), (byte[])reader.GetValue(2));
                }
            }
        }
    }
}
