using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Reversals.Processing.Configuration;

namespace Reversals.Operations.Commands;

/// <summary>Asks the worker that runs on this machine, as a container engine does again and again.</summary>
static class HealthcheckCommand
{
    static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    internal static OperatorCommand Create(CommandContext context)
    {
        var probe = new Argument<string>("probe") { Description = "live or ready" };
        probe.AcceptOnlyFromAmong("live", "ready");
        var command = new OperatorCommand(
            "healthcheck", "Ask the running worker on this machine; exit 0 when it is well",
            "reversal-worker healthcheck ready")
        {
            probe,
        };
        return command.WithAction(context, async (parsed, stop) =>
        {
            var (isWell, document) = await AskAsync(context, parsed.GetValue(probe)!, stop);
            new CommandOutput(context, parsed.GetValue(OperatorCommand.Json)).Write(
                document, text => text.Line(document["problem"] is { } problem
                    ? $"{document["status"]}: {problem}"
                    : $"{document["status"]}"));
            return isWell ? ExitCode.Well : ExitCode.Problem;
        });
    }

    static async Task<(bool IsWell, JsonNode Document)> AskAsync(
        CommandContext context, string probe, CancellationToken stop)
    {
        var health = WorkerConfiguration.ReadOnly(context.Configuration(), "Health").Health;
        // A worker that listens on every address listens on this one too.
        var address = health.Address is "0.0.0.0" or "::" ? "127.0.0.1" : health.Address;
        using var client = new HttpClient { Timeout = AnswerTimeout };
        try
        {
            using var answer = await client.GetAsync(
                new UriBuilder(Uri.UriSchemeHttp, address, health.Port, $"/health/{probe}").Uri, stop);
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(stop)) as JsonObject
                ?? throw new JsonException("what answers there is no worker");
            return (answer.StatusCode == HttpStatusCode.OK, body);
        }
        catch (Exception error) when (!stop.IsCancellationRequested
            && error is HttpRequestException or OperationCanceledException or JsonException)
        {
            return (false, new JsonObject
            {
                ["status"] = "not ok",
                ["problem"] = $"no worker answers on {address}:{health.Port}: {error.Message}",
            });
        }
    }
}
