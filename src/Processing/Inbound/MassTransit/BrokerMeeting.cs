using Reversals.RabbitMq;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// Finds out which node lets us in. At the start it is asked before anybody needs to know, while the database
/// is looked at.
/// </summary>
sealed class BrokerMeeting(BrokerOptions options, TimeProvider clock)
{
    /// <summary>A node that was met longer ago may be away by now.</summary>
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    Met? _met;

    /// <summary>Asks now, for whoever needs to know soon.</summary>
    internal void Begin(CancellationToken stop) => _met = new(
        Task.Run(() => BrokerConnection.SignInAsync(options, stop), CancellationToken.None),
        clock.GetTimestamp());

    /// <summary>The node that lets us in, asked just now.</summary>
    internal Task<SignedIn> NodeAsync(CancellationToken stop) =>
        Interlocked.Exchange(ref _met, value: null) is { } met && clock.GetElapsedTime(met.At) < Fresh
            ? met.Node
            : BrokerConnection.SignInAsync(options, stop);

    sealed record Met(Task<SignedIn> Node, long At);
}
