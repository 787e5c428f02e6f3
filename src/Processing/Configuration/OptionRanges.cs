using Microsoft.Extensions.Options;

namespace Reversals.Processing.Configuration;

/// <summary>Checks each option against the range that stands beside it.</summary>
[OptionsValidator]
sealed partial class OptionRanges
    : IValidateOptions<ClientOptions>, IValidateOptions<InboundOptions>, IValidateOptions<QuarantineOptions>,
        IValidateOptions<GroupCommitOptions>, IValidateOptions<OutboundOptions>,
        IValidateOptions<HealthOptions>, IValidateOptions<PageOptions>, IValidateOptions<TelemetryOptions>,
        IValidateOptions<WorkerRabbitMqOptions>
{
    internal IEnumerable<string> Problems(WorkerOptions options) =>
    [
        .. options.Clients.SelectMany(client => Of(Validate($"Clients:{client.Key}", client.Value))),
        .. Of(Validate("Batching", options.Batching)), .. Of(Validate("Inbound", options.Inbound)),
        .. Of(Validate("Quarantine", options.Quarantine)), .. Of(Validate("Outbound", options.Outbound)),
        .. Of(Validate("Health", options.Health)), .. Of(Validate("Page", options.Page)),
        .. Of(Validate("Telemetry", options.Telemetry)), .. Of(Validate("RabbitMq", options.RabbitMq)),
    ];

    static IEnumerable<string> Of(ValidateOptionsResult result) => result.Failures ?? [];
}
