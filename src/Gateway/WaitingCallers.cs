using System.Collections.Concurrent;
using System.Security.Cryptography;
using Reversals.RabbitMq;

namespace Reversals.Gateway;

/// <summary>An event as it came to this replica.</summary>
sealed record Answer
{
    /// <summary>The client whose request it answers.</summary>
    public required string? ClientId { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>It answers a duplicate.</summary>
    public required bool IsReplay { get; init; }
}

/// <summary>
/// The callers of this replica that wait for their answers, by correlation-id. A caller that waits costs an
/// entry and no thread.
/// </summary>
sealed class WaitingCallers(GatewayOptions options)
{
    readonly ConcurrentDictionary<string, WaitingCaller> _callers = new(StringComparer.Ordinal);
    int _places = options.Http.MaxWaiting;

    /// <summary>
    /// Where answers to this replica go, as long as it lives: whichever connection its queue belongs to then.
    /// Whoever reads the events can see it; only the worker may send to it.
    /// </summary>
    internal string Address { get; } =
        AnswerAddress.Prefix + RandomNumberGenerator.GetHexString(32, lowercase: true);

    internal int Count => _callers.Count;

    /// <summary>A new caller, which waits until it is disposed of; null: every place is taken.</summary>
    internal WaitingCaller? Add(string clientId)
    {
        if (Interlocked.Decrement(ref _places) < 0)
        {
            Interlocked.Increment(ref _places);
            return null;
        }

        var request = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var caller = new WaitingCaller(this, AnswerAddress.CorrelationId(Address, request), clientId);
        _callers[caller.CorrelationId] = caller;
        return caller;
    }

    /// <summary>
    /// Hands an answer to its caller; nothing when nobody waits for it, or another client does.
    /// </summary>
    internal void Hand(string? correlationId, Answer answer)
    {
        if (correlationId is not null && _callers.TryGetValue(correlationId, out var caller)
            && caller.ClientId.Equals(answer.ClientId, StringComparison.Ordinal))
        {
            caller.Take(answer);
        }
    }

    internal void Remove(WaitingCaller caller)
    {
        if (_callers.TryRemove(caller.CorrelationId, out _))
        {
            Interlocked.Increment(ref _places);
        }
    }
}

/// <summary>One caller that waits.</summary>
sealed class WaitingCaller(WaitingCallers all, string correlationId, string clientId) : IDisposable
{
    readonly TaskCompletionSource<Answer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal string CorrelationId => correlationId;

    internal string ClientId => clientId;

    internal Task<Answer> Answer => _answer.Task;

    public void Dispose() => all.Remove(this);

    internal void Take(Answer answer) => _answer.TrySetResult(answer);
}
