using Dapper;
using Npgsql;

namespace Reversals.Processing.Storage;

/// <summary>Reads what a load found, in its order: bills, payments, keys, remembered requests.</summary>
static class LedgerReader
{
    /// <summary>The books of a batch; null when a payment appeared whose bill is not locked.</summary>
    /// <param name="reader">At the first result set.</param>
    /// <param name="probe">What was looked up.</param>
    /// <param name="reversedBefore">Is told what was reversed of each payment, by its id.</param>
    /// <param name="stop">Gives up.</param>
    internal static async Task<Ledger?> ReadAsync(
        NpgsqlDataReader reader, PaymentLookup probe, Dictionary<long, decimal> reversedBefore,
        CancellationToken stop)
    {
        var ledger = new Ledger();
        foreach (var row in await ResultSet.ReadAsync<BillRow>(reader, stop))
        {
            ledger.Add(row.ToBill());
        }

        await reader.NextResultAsync(stop);
        if (!await ReadPaymentsAsync(reader, probe, reversedBefore, ledger, stop))
        {
            return null;
        }

        await reader.NextResultAsync(stop);
        foreach (var row in await ResultSet.ReadAsync<ReversalRow>(reader, stop))
        {
            ledger.Add(row.ClientId, row.ReferenceId, row.KeyOrigin, row.ToReversal());
        }

        await ReadPendingAsync(reader, ledger, stop);
        return ledger;
    }

    static async Task<bool> ReadPaymentsAsync(
        NpgsqlDataReader reader, PaymentLookup probe, Dictionary<long, decimal> reversedBefore, Ledger ledger,
        CancellationToken stop)
    {
        var parse = reader.GetRowParser<PaymentRow>();
        while (await reader.ReadAsync(stop))
        {
            if (await reader.IsDBNullAsync(0, stop))
            {
                var (request, onVa) = probe.Named(
                    reader.GetInt32(reader.FieldCount - 2), reader.GetInt64(reader.FieldCount - 1));
                ledger.AddTooManyHits(request, onVa);
                continue;
            }

            var row = parse(reader);
            if (!ledger.HasBill(row.BillId))
            {
                return false;
            }

            reversedBefore[row.Id] = row.ReversedAmount;
            ledger.Add(row.ToPayment());
        }

        return true;
    }

    /// <summary>Rows of one column are locked requests, of three those that wait already.</summary>
    static async Task ReadPendingAsync(NpgsqlDataReader reader, Ledger ledger, CancellationToken stop)
    {
        while (await reader.NextResultAsync(stop))
        {
            while (await reader.ReadAsync(stop))
            {
                if (reader.FieldCount == 1)
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
