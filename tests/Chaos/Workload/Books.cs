using Npgsql;

namespace Reversals.Tests.Chaos.Workload;

/// <summary>Who asks for reversals, and with which key.</summary>
sealed record Client(string Id, string Key)
{
    internal static readonly Client Acme = new("acme", "acme-key-of-the-chaos-run");
    internal static readonly Client Globex = new("globex", "globex-key-of-the-chaos-run");
}

/// <summary>A payment of a bill. Late: it is made only after its reversal was asked for.</summary>
sealed record Payment(long Id, Bill Bill, decimal Amount, bool Late)
{
    internal string Ref => string.Create(CultureInfo.InvariantCulture, $"PAY-{Id}");

    internal string ReferenceId => string.Create(CultureInfo.InvariantCulture, $"TRX-{Id}");
}

/// <summary>A bill and what was paid of it. Unchangeable: the biller's own trigger fails on it.</summary>
sealed record Bill(long Id, Client Client, string Type, bool Unchangeable = false)
{
    internal List<Payment> Payments { get; } = [];

    internal string Account => Id.ToString("D10", CultureInfo.InvariantCulture);
}

/// <summary>The biller's bills and payments, made before the traffic they are for.</summary>
sealed class Books
{
    internal const string Prefix = "857399";

    /// <summary>Of every bill; it must stand in no log.</summary>
    internal const string Customer = "Siti Rahmawati Kusuma";

    /// <summary>A fault of the biller's own that looks like one of the infrastructure: a trigger uses a table
    /// that is not there, for some bills only.</summary>
    const string Unchangeable =
        """
        CREATE FUNCTION billing.fail() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'relation "audit" does not exist' USING ERRCODE = '42P01'; END $$;
        CREATE TRIGGER fail BEFORE UPDATE ON billing.bill
        FOR EACH ROW WHEN (OLD.hash LIKE 'unchangeable-%') EXECUTE FUNCTION billing.fail()
        """;

    /// <summary>Characters that a large bill has in its additional data.</summary>
    internal const int LargeText = 20_000;

    /// <summary>Every so many bills one is large.</summary>
    const int OneIsLarge = 40;

    readonly List<Bill> _bills = [];
    long _payments;

    /// <summary>A bill with payments of these amounts.</summary>
    internal Bill Add(Client client, string type, params IEnumerable<decimal> amounts)
    {
        var bill = new Bill(_bills.Count + 1, client, type);
        bill.Payments.AddRange(amounts.Select(amount => new Payment(++_payments, bill, amount, Late: false)));
        _bills.Add(bill);
        return bill;
    }

    /// <summary>A bill with one payment, on which every change fails.</summary>
    internal Payment AddUnchangeable(Client client, decimal amount)
    {
        var bill = new Bill(_bills.Count + 1, client, "open", Unchangeable: true);
        bill.Payments.Add(new Payment(++_payments, bill, amount, Late: false));
        _bills.Add(bill);
        return bill.Payments[0];
    }

    /// <summary>A bill whose one payment comes later.</summary>
    internal Payment AddLate(Client client, decimal amount)
    {
        var bill = Add(client, "open");
        bill.Payments.Add(new Payment(++_payments, bill, amount, Late: true));
        return bill.Payments[0];
    }

    internal async Task WriteAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using (var bills = await connection.BeginTextImportAsync(
            "COPY billing.bill (id, client_id, hash, va_number, invoice_number, type, name, customer_name, " +
            "customer_email, total_amount, billed_amount, paid_amount, status, valid_until, additional_data) " +
            "FROM STDIN"))
        {
            foreach (var bill in _bills)
            {
                var paid = bill.Payments.Where(payment => !payment.Late).Sum(payment => payment.Amount);
                var total = bill.Payments.Sum(payment => payment.Amount);
                await bills.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"{bill.Id}\t{bill.Client.Id}\t{(bill.Unchangeable ? "unchangeable" : "hash")}-{bill.Id}\t{Prefix}{bill.Account}\tINV-{bill.Id}\t" +
                    $"{bill.Type}\tSPP\t{Customer}\tsiti@example.com\t{total}\t{total}\t{paid}\t" +
                    $"{(bill.Type is "open" ? "active" : "paid")}\t2099-01-01T00:00:00Z\t{Additional(bill)}"));
            }
        }

        await using (var payments = await connection.BeginTextImportAsync(
            "COPY billing.payment (id, bill_id, client_id, payment_ref, reference_id, va_number, channel, " +
            "amount) FROM STDIN"))
        {
            foreach (var payment in _bills.SelectMany(bill => bill.Payments).Where(payment => !payment.Late))
            {
                await payments.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"{payment.Id}\t{payment.Bill.Id}\t{payment.Bill.Client.Id}\t{payment.Ref}\t" +
                    $"{payment.ReferenceId}\t{Prefix}{payment.Bill.Account}\tbank_bsi\t{payment.Amount}"));
            }
        }

        await using var analyze = new NpgsqlCommand($"{Unchangeable}; ANALYZE", connection);
        await analyze.ExecuteNonQueryAsync();
    }

    /// <summary>As a column of COPY.</summary>
    static string Additional(Bill bill) => bill.Id % OneIsLarge == 0
        ? $$"""[{"key":"note","label":"Catatan","value":"{{new string('x', LargeText)}}"}]"""
        : "\\N";

    /// <summary>Makes a late payment; doing it twice does it once.</summary>
    internal static async Task PayAsync(NpgsqlDataSource bank, Payment payment)
    {
        await using var command = bank.CreateCommand(
            """
            WITH made AS (
                INSERT INTO billing.payment
                    (id, bill_id, client_id, payment_ref, reference_id, va_number, channel, amount)
                VALUES ($1, $2, $3, $4, $5, $6, 'bank_bsi', $7)
                ON CONFLICT DO NOTHING
                RETURNING bill_id, amount
            )
            UPDATE billing.bill b SET paid_amount = b.paid_amount + made.amount
            FROM made WHERE b.id = made.bill_id
            """);
        foreach (var value in (object[])
        [
            payment.Id, payment.Bill.Id, payment.Bill.Client.Id, payment.Ref, payment.ReferenceId,
            Prefix + payment.Bill.Account, payment.Amount,
        ])
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
