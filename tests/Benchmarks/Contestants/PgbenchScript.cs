using System.Text.RegularExpressions;
using Reversals.Processing.Postgres;
using Reversals.Tests.Benchmarks.Load;

namespace Reversals.Tests.Benchmarks.Contestants;

/// <summary>
/// The worker's own statements as a pgbench script: arrays of one, the values read by the first statements
/// used by the later ones. Each run takes 1 IDR back from a random payment, so that no payment is used up.
/// </summary>
static partial class PgbenchScript
{
    const string Key = "ARRAY['R' || :run || '-' || :client_id || '-' || :n]";

    /// <summary>Rises with time, as the worker's event ids do.</summary>
    const string EventId =
        "ARRAY[lpad(to_hex(:run::bigint), 12, '0') || " +
        "lpad(to_hex(:n::bigint * 256 + :client_id::bigint), 20, '0')]";

    static readonly string[] Located =
    [
        $"ARRAY['{Shape.Client}']", "ARRAY['P' || lpad(:payment::text, 9, '0')]",
        "'{}'", "'{}'", "'{}'", "'{}'", "'{}'", "'{}'", "2",
    ];

    /// <param name="payments">Payments to choose from.</param>
    /// <param name="pipelined">
    /// The statements that write go in one round trip, as the worker sends them; what is read cannot, because
    /// pgbench takes no values out of a pipeline.
    /// </param>
    internal static string Write(long payments, bool pipelined)
    {
        var client = $"ARRAY['{Shape.Client}']";
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"\\set payment random(1, {payments})"),
            "\\set n :n + 1",
            "BEGIN ISOLATION LEVEL READ COMMITTED;",
            Statement(Sql.LockBills, Located) + " \\gset b_",
            Statement(Sql.ReadPayments, Located) + " \\gset p_",
            Statement(Sql.ReadReversals, client, Key, "'{}'", "'{}'", "2") + ";",
            pipelined ? "\\startpipeline" : "",
            Statement(
                Sql.UpdateBills, "ARRAY[:b_id]", "ARRAY[:b_paid_amount::numeric - 1]", "ARRAY[:b_status_word]",
                "ARRAY[:b_version::bigint + 1]") + ";",
            Statement(
                Sql.UpdatePayments, "ARRAY[:p_id]", "ARRAY[:p_reversed_amount]",
                "ARRAY[:p_reversed_amount::numeric + 1]") + ";",
            Statement(
                Sql.InsertReversals, client, Key, "ARRAY[sha256(convert_to(:n::text, 'UTF8'))]",
                "ARRAY[:p_id]", "ARRAY[:b_id]", "ARRAY[1]", EventId, "ARRAY[0]", "now()") + ";",
            Statement(
                Sql.InsertEvents, EventId, "ARRAY['payment.reversal']", client, Key, "ARRAY[:p_payment_ref]",
                "ARRAY['SUCCESS']", "ARRAY['PARTIALLY_REVERSED']", "ARRAY[convert_to(:body, 'UTF8')]",
                "ARRAY[NULL]", "now()", "ARRAY[NULL]", "ARRAY[NULL]") + ";",
            Statement(
                Sql.InsertOutbox, "ARRAY['payment.reversal']", EventId, "ARRAY[:b_id]", "ARRAY[false]",
                "ARRAY[NULL]", "'0 s'", "ARRAY[NULL]") + ";",
            "COMMIT;",
            pipelined ? "\\endpipeline" : "",
        ];
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>Puts expressions in the place of the parameters; their casts stay, and comments go.</summary>
    /// <exception cref="BenchmarkException">The worker's statement has other parameters by now.</exception>
    static string Statement(string sql, params string[] values)
    {
        var lines = sql.Split(
            '\n').Where(line => !line.TrimStart().StartsWith("--", StringComparison.Ordinal));
        var text = string.Join(' ', lines).Trim();
        var parameters = Parameter().Matches(text).Select(match => match.Value)
            .Distinct(StringComparer.Ordinal).Count();
        if (parameters != values.Length)
        {
            throw new BenchmarkException($"{parameters} parameters, and {values.Length} values for them: {text}");
        }

        return Parameter().Replace(
            text,
            match => values[int.Parse(match.Groups["place"].Value, CultureInfo.InvariantCulture) - 1]);
    }

    [GeneratedRegex(@"\$(?<place>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
