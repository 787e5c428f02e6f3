using Npgsql;
using NpgsqlTypes;

namespace Reversals.Processing.Storage;

/// <summary>Parameters of set-based statements: one array for each column.</summary>
static class ArrayParameter
{
    internal static NpgsqlParameter Of<TRow, TValue>(
        NpgsqlDbType type, IReadOnlyList<TRow> rows, Func<TRow, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var place = 0; place < values.Length; place++)
        {
            values[place] = value(rows[place]);
        }

        return new NpgsqlParameter<TValue[]>
        {
            TypedValue = values,
            NpgsqlDbType = NpgsqlDbType.Array | type,
        };
    }

    internal static NpgsqlParameter Time(DateTimeOffset time) =>
        new NpgsqlParameter<DateTime>
        {
            TypedValue = time.UtcDateTime,
            NpgsqlDbType = NpgsqlDbType.TimestampTz,
        };
}
