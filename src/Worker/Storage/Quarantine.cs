using Npgsql;
using NpgsqlTypes;

namespace Reversals.Worker.Storage;

/// <summary>A message kept for people: nothing of it was applied.</summary>
sealed record QuarantinedMessage
{
    /// <summary>Code of the reason.</summary>
    public required string Cause { get; init; }

    /// <summary>What exactly was wrong, without secrets.</summary>
    public required string Detail { get; init; }

    /// <summary>The Client-Id header as it came; not to be trusted.</summary>
    public string? ClientId { get; init; }

    /// <summary>The Signature header as it came: a replay sends it again.</summary>
    public string? Signature { get; init; }

    /// <summary>All headers but the secret ones, as a JSON object.</summary>
    public required string Headers { get; init; }

    /// <summary>The exact bytes.</summary>
    public required byte[] Body { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>Keeps messages that are not to be processed, any number in one commit.</summary>
sealed class Quarantine(NpgsqlDataSource database)
{
    internal async Task AddAsync(IReadOnlyList<QuarantinedMessage> messages, CancellationToken stop)
    {
        await using var command = database.CreateCommand(Sql.InsertQuarantine);
        command.Parameters.Add(Column.Of(NpgsqlDbType.Text, messages, message => message.Cause));
        command.Parameters.Add(Column.Of(NpgsqlDbType.Text, messages, message => message.Detail));
        command.Parameters.Add(Column.Of(NpgsqlDbType.Text, messages, message => Storable(message.ClientId)));
        command.Parameters.Add(Column.Of(
            NpgsqlDbType.Text, messages, message => Storable(message.Signature)));
        command.Parameters.Add(Column.Of(NpgsqlDbType.Text, messages, message => message.Headers));
        command.Parameters.Add(Column.Of(NpgsqlDbType.Bytea, messages, message => message.Body));
        command.Parameters.Add(Column.Of(
            NpgsqlDbType.TimestampTz, messages, message => message.SentAt?.UtcDateTime));
        command.Parameters.Add(Column.Of(
            NpgsqlDbType.TimestampTz, messages, message => message.ReceivedAt.UtcDateTime));
        await command.ExecuteNonQueryAsync(stop);
    }

    /// <summary>PostgreSQL's text cannot hold U+0000; what a stranger sends must not stop the row.</summary>
    static string? Storable(string? text) => text?.Replace('\0', '\uFFFD');
}
