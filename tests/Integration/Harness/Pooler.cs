using System.Net.Sockets;

namespace Reversals.Tests.Integration.Harness;

/// <summary>PgBouncer before a database, from the installed program.</summary>
sealed class Pooler : IAsyncDisposable
{
    readonly string _folder;
    readonly Process _process;

    Pooler(string folder, Process process) => (_folder, _process) = (folder, process);

    /// <summary>Through it, as the same user.</summary>
    internal required string ConnectionString { get; init; }

    /// <param name="to">The database, and who signs in.</param>
    /// <param name="mode"><c>session</c> or <c>transaction</c>.</param>
    /// <param name="ignored">What it drops of what a session asks for when it begins.</param>
    internal static async Task<Pooler> StartAsync(string to, string mode, string ignored)
    {
        var server = new NpgsqlConnectionStringBuilder(to);
        var port = Ports.Free();
        var folder = Directory.CreateTempSubdirectory("reversal-pooler.").FullName;
        var settings = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(settings,
            $"""
            [databases]
            * = host={server.Host} port={server.Port} user={server.Username} password={server.Password}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = {mode}
            ignore_startup_parameters = {ignored}
            server_lifetime = 1
            server_idle_timeout = 1

            """);
        string[] command = Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "pgbouncer", settings]
            : ["pgbouncer", settings];
        if (Environment.IsPrivilegedProcess)
        {
            await Repository.RunAsync(["chown", "-R", "postgres:", folder]);
        }

        var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var pooler = new Pooler(folder, process)
        {
            ConnectionString = new NpgsqlConnectionStringBuilder(to)
            {
                Host = "127.0.0.1", Port = port,
            }.ConnectionString,
        };
        await Until.TrueAsync(() => IsListening(port), "PgBouncer listens; is the package pgbouncer installed?");
        return pooler;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    static bool IsListening(int port)
    {
        using var socket = new TcpClient();
        try
        {
            socket.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
