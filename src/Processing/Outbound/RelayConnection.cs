using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;
using Reversals.Processing.Telemetry;

namespace Reversals.Processing.Outbound;

/// <summary>
/// A relay's connection to the broker; while there is one, new rows are offered to be born with its lease.
/// </summary>
sealed class RelayConnection(
    string kind, RelayHandoff handoff, Lease lease, Live<EventSigner> signer, WorkerOptions options,
    ILogger log)
{
    EventPublisher? _publisher;

    /// <summary>Open.</summary>
    internal EventPublisher Publisher => _publisher
        ?? throw new InvalidOperationException("The relay is not connected.");

    internal async Task OpenAsync(CancellationToken abort)
    {
        _publisher ??= await EventPublisher.ConnectAsync(options, signer, kind, abort);
        handoff.Offer(lease);
    }

    /// <summary>New rows are offered the lease while the broker takes what it gets.</summary>
    internal async Task OfferLeaseAsync(Published published)
    {
        if (published.IsConnectionLost)
        {
            await CloseAsync();
        }
        else
        {
            handoff.Offer(published.IsAnswered ? lease : null);
        }
    }

    internal async Task CloseAsync()
    {
        handoff.Offer(lease: null);
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
