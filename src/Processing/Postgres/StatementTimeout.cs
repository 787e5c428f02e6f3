using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>How long a batch may keep others waiting; whole milliseconds.</summary>
/// <param name="Lock">For a row that somebody holds.</param>
/// <param name="Statement">For a statement; null: what the session allows.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct StatementTimeout(TimeSpan Lock, TimeSpan? Statement = null)
{
    /// <summary>For the rest of the transaction, which is one that writes and takes back, or not.</summary>
    internal void AddTo(NpgsqlBatch batch, bool isTest)
    {
        batch.BatchCommands.Add(Set("lock_timeout", Lock));
        if (Statement is { } longest)
        {
            batch.BatchCommands.Add(Set("statement_timeout", longest));
        }

        if (isTest)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql.TestWrite));
        }
    }

    static NpgsqlBatchCommand Set(string setting, TimeSpan time) => new(string.Create(
        CultureInfo.InvariantCulture, $"SET LOCAL {setting} = {(long)time.TotalMilliseconds}"));
}
