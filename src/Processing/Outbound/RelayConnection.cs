using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Outbound;

/// <summary>
/// A relay's connection to the broker; while there is one, new rows are offered to be born with its lease.
/// </summary>
sealed class RelayConnection(
    string kind, RelayHandoff signal, Lease lease, WorkerOptions options, ILogger log)
{
    EventPublisher? _publisher;

    /// <summary>The connection there is, else a new one.</summary>
    internal async Task<EventPublisher> GetAsync(CancellationToken abort)
    {
        if (_publisher is null)
        {
            _publisher = await EventPublisher.ConnectAsync(options, kind, log, abort);
            signal.Offer(lease);
        }

        return _publisher;
    }

    internal async Task CloseAsync()
    {
        signal.Offer(lease: null);
        if (_publisher is { } publisher)
        {
            _publisher = null;
            try
            {
                await publisher.DisposeAsync();
            }
            catch (Exception error)
            {
                // It is gone, which is what was wanted; nothing that happens here may end the relay.
                Log.DisconnectFailed(log, error);
            }
        }
    }
}
