using System.Security.Cryptography.X509Certificates;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A port of the broker itself that asks for certificates and takes their common name for the user.
/// The broker needs the plugin rabbitmq_auth_mechanism_ssl, which <c>deploy/servers.sh</c> gives
/// it.</summary>
sealed class BrokerTlsPort : IAsyncDisposable
{
    readonly Servers _servers;

    BrokerTlsPort(Servers servers, int port) => (_servers, Port) = (servers, port);

    internal int Port { get; }

    internal static async Task<BrokerTlsPort> OpenAsync(
        Servers servers, X509Certificate2 certificate, Authority authority)
    {
        var port = Ports.Free();
        using var key = certificate.GetECDsaPrivateKey()!;
        var opened = await servers.ControlAsync(["eval",
            "case lists:keymember(rabbitmq_auth_mechanism_ssl, 1, application:which_applications()) of " +
            "true -> application:set_env(rabbit, ssl_cert_login_from, common_name), " +
            "application:set_env(rabbitmq_auth_mechanism_ssl, name_from, common_name), " +
            "application:set_env(rabbit, auth_mechanisms, ['PLAIN', 'AMQPLAIN', 'EXTERNAL']), " +
            "application:set_env(rabbit, ssl_options, [{verify, verify_peer}]), " +
            $"rabbit_networking:start_ssl_listener({{\"127.0.0.1\", {port}}}, [" +
            $"{{cacerts, [{Binary(authority.Certificate)}]}}, {{cert, {Binary(certificate.RawData)}}}, " +
            $"{{key, {{'ECPrivateKey', {Binary(key.ExportECPrivateKey())}}}}}, " +
            "{verify, verify_peer}, {fail_if_no_peer_cert, true}], 2); " +
            "false -> no_plugin_rabbitmq_auth_mechanism_ssl end."]);
        opened.Trim().ShouldBe("ok");
        return new BrokerTlsPort(servers, port);
    }

    public async ValueTask DisposeAsync() => await _servers.ControlAsync(
        ["eval", $"rabbit_networking:stop_tcp_listener({{\"127.0.0.1\", {Port}}})."]);

    static string Binary(byte[] bytes) => $"base64:decode(<<\"{Convert.ToBase64String(bytes)}\">>)";
}
