using Npgsql;

namespace Reversals.Processing.Postgres;

/// <summary>
/// COMMIT was not answered, or was answered although no synchronous standby has confirmed it. What it held
/// may or may not survive, so nothing is acknowledged or published. When it is done again, the unique keys
/// tell.
/// </summary>
sealed class OutcomeUnknownException(string message) : NpgsqlException(message);
