namespace Reversals.Tests.Integration.Harness;

/// <summary>The broker's management plugin, for as long as a test needs it.</summary>
sealed class ManagementPlugin : IAsyncDisposable
{
    readonly Sandbox _box;

    ManagementPlugin(Sandbox box) => _box = box;

    internal int Port { get; } = Ports.Free();

    internal static async Task<ManagementPlugin> EnableAsync(Sandbox box)
    {
        var plugin = new ManagementPlugin(box);
        await plugin.ChangeAsync(
            "_ = application:load(rabbitmq_management), " +
            FormattableString.Invariant(
                $"ok = application:set_env(rabbitmq_management, tcp_config, [{{port, {plugin.Port}}}]), "),
            "[rabbitmq_management | L]");
        return plugin;
    }

    public async ValueTask DisposeAsync() => await ChangeAsync("", "L -- [rabbitmq_management]");

    Task<string> ChangeAsync(string first, string plugins) => _box.ControlAsync("eval",
        $"{first}{{ok, F}} = application:get_env(rabbit, enabled_plugins_file), " +
        "{ok, [L]} = file:consult(F), " +
        $"ok = file:write_file(F, io_lib:format(\"~p.~n\", [{plugins}])), {{ok, _, _}} = rabbit_plugins:ensure(F).");
}
