using System.Diagnostics.Metrics;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>What the gateway counts.</summary>
sealed class GatewayMetrics : IDisposable
{
    internal const string MeterName = "Reversals.Gateway";

    readonly Meter _meter = new(MeterName);
    readonly Histogram<double> _seconds;
    readonly Counter<long> _unpublished;
    readonly Counter<long> _unanswered;
    readonly Counter<long> _previews;

    public GatewayMetrics(
        WaitingCallers callers, BrokerLink broker, SettingWatch<GatewayOptions> settings)
    {
        _seconds = _meter.CreateHistogram(
            "gateway_request_duration", "s", "From the head of a request to its answer, by status and rc",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 120],
            });
        _unpublished = _meter.CreateCounter<long>(
            "gateway_unpublished", description: "Requests that nobody got, by result");
        _unanswered = _meter.CreateCounter<long>(
            "gateway_unanswered", description: "Requests that had no answer in time");
        // Apart from the requests: alerts about these must not be raised by questions.
        _previews = _meter.CreateCounter<long>(
            "gateway_previews", description: "Previews that were asked for, by status and rc");
        _ = _meter.CreateObservableGauge(
            "gateway_waiting", () => callers.Count, description: "Callers that wait for their answers");
        _ = _meter.CreateObservableGauge(
            "gateway_connected", () => broker.Problem is null ? 1 : 0,
            description: "1: requests can be published and answers heard");
        _ = _meter.CreateObservableGauge(
            "gateway_settings_refused", () => settings.State.Problem is null ? 0 : 1,
            description: "1: changed settings are not in force, those of before are");
    }

    public void Dispose() => _meter.Dispose();

    internal void Answered(HttpAnswer answer, TimeSpan took) => _seconds.Record(
        took.TotalSeconds, new("status", answer.Status), new("rc", answer.Rc));

    internal void Previewed(HttpAnswer answer) => _previews.Add(
        1, new("status", answer.Status), new("rc", answer.Rc));

    internal void Unanswered() => _unanswered.Add(1);

    internal void Unpublished(PublishResult result) => _unpublished.Add(
        1, new KeyValuePair<string, object?>("result", result.ToString()));
}
