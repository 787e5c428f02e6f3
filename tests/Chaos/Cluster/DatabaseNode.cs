using Npgsql;

namespace Reversals.Tests.Chaos;

/// <summary>One PostgreSQL server, whoever starts and promotes it.</summary>
abstract class DatabaseNode(ClusterHost host, int port, string folder) : IAsyncDisposable
{
    internal const string Owner = "reversal";

    internal ClusterHost Host => host;

    internal int Port => port;

    internal abstract bool IsRunning { get; }

    protected TextWriter Log { get; } = TextWriter.Synchronized(
        File.CreateText(string.Create(CultureInfo.InvariantCulture, $"{folder}.log")));

    protected string Folder => folder;

    protected string Data => Path.Combine(folder, "data");

    public virtual ValueTask DisposeAsync() => Log.DisposeAsync();

    /// <summary>As the server's owner.</summary>
    internal string To(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = host.Address, Port = port, Username = Owner, Database = database, Pooling = false,
        Timeout = 5, CommandTimeout = 60, SslMode = SslMode.Disable,
        // The operator must still be able to work when nobody else may write.
        Options = "-c default_transaction_read_only=off",
    }.ConnectionString;

    internal async Task SqlAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(To(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    internal async Task<long> NumberAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(To(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    protected async Task EmptyAsync()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        if (Environment.IsPrivilegedProcess)
        {
            await Repository.RunAsync(["chown", "postgres:", folder]);
        }
    }
}

/// <summary>The servers of one cluster, and who sees to it that one of them is the primary.</summary>
abstract class DatabaseGroup(int port) : IAsyncDisposable
{
    internal int Port => port;

    internal abstract IReadOnlyList<DatabaseNode> Nodes { get; }

    internal abstract DatabaseNode Primary { get; }

    /// <summary>What can be done to it.</summary>
    internal abstract IReadOnlyList<ClusterFault> Faults { get; }

    public abstract ValueTask DisposeAsync();

    /// <summary>Whatever is not there is there again, and both standbys follow the primary.</summary>
    internal abstract Task HealAsync();
}
