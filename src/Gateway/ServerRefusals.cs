using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Reversals.Gateway;

/// <summary>
/// Whose head cannot be read, is too large or does not come is refused by Kestrel, which says a status and
/// nothing else and asks nobody. Its words are replaced on their way to the socket, so that these callers too
/// are told what all others are told.
/// </summary>
sealed class ServerRefusals(GatewayOptions options, TimeProvider clock)
    : IObserver<KeyValuePair<string, object?>>
{
    const string Refused = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <summary>Kestrel tells of each refusal before it writes it.</summary>
    internal void Watch(DiagnosticListener server) =>
        server.Subscribe(this, static (name, _, _) => string.Equals(name, Refused, StringComparison.Ordinal));

    internal static ConnectionDelegate Replaceable(ConnectionDelegate next) => async connection =>
    {
        var transport = connection.Transport;
        var output = new ReplaceableOutput(transport.Output);
        connection.Features.Set(output);
        connection.Transport = new Duplex(transport.Input, output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is IFeatureCollection request && request.Get<ReplaceableOutput>() is { } output
            && request.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException error)
        {
            var answer = HttpAnswer.Of(GatewayAnswer.OfServer(error.StatusCode), clock);
            output.Replace(answer.ToBytes(options.Http, clock));
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
