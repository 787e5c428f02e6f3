using RabbitMQ.Client;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>Whether a preview is on its way to a worker.</summary>
abstract record PreviewSent
{
    /// <summary>It waits in the queue.</summary>
    internal sealed record Asked : PreviewSent;

    /// <summary>No worker will see it, or none may.</summary>
    internal sealed record NotAsked(string Problem) : PreviewSent;
}

/// <summary>
/// The channel that previews are asked over, opened by the first. It is not that of the requests: over an
/// exchange that is missing, or that it may not write to, the broker closes a channel, and every request that
/// is on its way over it would be in doubt.
/// </summary>
sealed class PreviewChannel(IConnection connection, int mostUnconfirmed) : IAsyncDisposable
{
    const string Remedy =
        "Start a worker of this version, it makes exchange and queue: older ones answer no previews";

    readonly Lock _gate = new();
    Task<ConfirmedPublisher>? _opening;

    public async ValueTask DisposeAsync()
    {
        if (_opening is { IsCompletedSuccessfully: true } opened)
        {
            await (await opened).DisposeAsync();
        }
    }

    internal async Task<PreviewSent> AskAsync(
        BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken giveUp)
    {
        try
        {
            var opening = Open();
            var publisher = await opening.WaitAsync(giveUp);
            var result = await publisher.PublishAsync(PreviewQueue.Name, properties, body, giveUp);
            PreviewSent sent = result is PublishResult.Confirmed
                ? new PreviewSent.Asked()
                : new PreviewSent.NotAsked(Problem(result, publisher));
            if (result is PublishResult.Refused || publisher.Closed.IsCompleted)
            {
                Drop(opening, publisher);
            }

            return sent;
        }
        catch (Exception error) when (BrokerConnection.IsFault(error) && !giveUp.IsCancellationRequested)
        {
            return new PreviewSent.NotAsked(BrokerConnection.Explain(error));
        }
    }

    Task<ConfirmedPublisher> Open()
    {
        lock (_gate)
        {
            return _opening is { IsFaulted: false, IsCanceled: false } opening
                ? opening
                : _opening = ConfirmedPublisher.OpenAsync(
                    connection, mostUnconfirmed, CancellationToken.None);
        }
    }

    /// <summary>The next preview opens another: this one is closed, or would refuse for ever.</summary>
    void Drop(Task<ConfirmedPublisher> opening, ConfirmedPublisher publisher)
    {
        lock (_gate)
        {
            if (_opening == opening)
            {
                _opening = null;
                _ = EndAsync(publisher);
            }
        }
    }

    static async Task EndAsync(ConfirmedPublisher publisher)
    {
        try
        {
            await publisher.SettledAsync();
            await publisher.DisposeAsync();
        }
        catch (Exception error) when (BrokerConnection.IsFault(error))
        {
            // The connection is lost, and the session ends with it.
        }
    }

    static string Problem(PublishResult result, ConfirmedPublisher publisher) =>
        publisher.CloseReason is { ReplyCode: Constants.NotFound } missing
            ? $"{missing.ReplyText}. {Remedy}"
        : publisher.CloseReason is { Initiator: not ShutdownInitiator.Application } reason
            ? BrokerConnection.Explain(reason)
        : result switch
        {
            PublishResult.Unroutable => $"no queue is bound to exchange '{PreviewQueue.Name}'. {Remedy}",
            PublishResult.Refused =>
                $"queue '{PreviewQueue.Name}' is full, or has no leader. {BrokerConnection.LookForLeader}",
            _ => "it never left this process, or the broker did not say that it has it",
        };
}
