using Npgsql;
using NpgsqlTypes;

namespace Reversals.Processing.Postgres;

/// <summary>
/// Parameters of statements, each named after its type there. In the plural it is an array: one column of the
/// rows that a statement is about.
/// </summary>
static class Parameter
{
    internal static NpgsqlParameter Text(string? value) => Of(NpgsqlDbType.Text, value);

    internal static NpgsqlParameter Boolean(bool value) => Of(NpgsqlDbType.Boolean, value);

    internal static NpgsqlParameter Integer(int value) => Of(NpgsqlDbType.Integer, value);

    internal static NpgsqlParameter Bigint(long? value) => Of(NpgsqlDbType.Bigint, value);

    internal static NpgsqlParameter Uuid(Guid? value) => Of(NpgsqlDbType.Uuid, value);

    internal static NpgsqlParameter Interval(TimeSpan? value) => Of(NpgsqlDbType.Interval, value);

    internal static NpgsqlParameter Time(DateTimeOffset? value) =>
        Of(NpgsqlDbType.TimestampTz, value?.UtcDateTime);

    internal static NpgsqlParameter Texts(IReadOnlyList<string> values) => Texts(values, value => value);

    internal static NpgsqlParameter Bigints(IReadOnlyList<long>? values) =>
        Of(NpgsqlDbType.Array | NpgsqlDbType.Bigint, values?.ToArray());

    internal static NpgsqlParameter Uuids(IReadOnlyList<Guid>? values) =>
        Of(NpgsqlDbType.Array | NpgsqlDbType.Uuid, values?.ToArray());

    internal static NpgsqlParameter Texts<TRow>(IReadOnlyList<TRow> rows, Func<TRow, string?> column) =>
        Of(NpgsqlDbType.Text, rows, column);

    internal static NpgsqlParameter Booleans<TRow>(IReadOnlyList<TRow> rows, Func<TRow, bool> column) =>
        Of(NpgsqlDbType.Boolean, rows, column);

    internal static NpgsqlParameter Integers<TRow>(IReadOnlyList<TRow> rows, Func<TRow, int> column) =>
        Of(NpgsqlDbType.Integer, rows, column);

    internal static NpgsqlParameter Byteas<TRow>(IReadOnlyList<TRow> rows, Func<TRow, byte[]?> column) =>
        Of(NpgsqlDbType.Bytea, rows, column);

    internal static NpgsqlParameter Intervals<TRow>(IReadOnlyList<TRow> rows, Func<TRow, TimeSpan> column) =>
        Of(NpgsqlDbType.Interval, rows, column);

    internal static NpgsqlParameter Bigints<TRow, TValue>(
        IReadOnlyList<TRow> rows, Func<TRow, TValue> column) => Of(NpgsqlDbType.Bigint, rows, column);

    internal static NpgsqlParameter Numerics<TRow, TValue>(
        IReadOnlyList<TRow> rows, Func<TRow, TValue> column) => Of(NpgsqlDbType.Numeric, rows, column);

    internal static NpgsqlParameter Uuids<TRow, TValue>(
        IReadOnlyList<TRow> rows, Func<TRow, TValue> column) => Of(NpgsqlDbType.Uuid, rows, column);

    internal static NpgsqlParameter Times<TRow, TValue>(
        IReadOnlyList<TRow> rows, Func<TRow, TValue> column) => Of(NpgsqlDbType.TimestampTz, rows, column);

    static NpgsqlParameter<TValue[]> Of<TRow, TValue>(
        NpgsqlDbType type, IReadOnlyList<TRow> rows, Func<TRow, TValue> column)
    {
        var values = new TValue[rows.Count];
        for (var place = 0; place < values.Length; place++)
        {
            values[place] = column(rows[place]);
        }

        return Of(NpgsqlDbType.Array | type, values);
    }

    static NpgsqlParameter<T> Of<T>(NpgsqlDbType type, T value) =>
        new() { TypedValue = value, NpgsqlDbType = type };
}
