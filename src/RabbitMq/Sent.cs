namespace Reversals.RabbitMq;

/// <summary>A message on its way.</summary>
sealed class Sent(ulong tag, string? messageId)
{
    readonly TaskCompletionSource<PublishResult> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ulong Tag => tag;

    internal string? MessageId => messageId;

    internal Task<PublishResult> Answer => _answer.Task;

    /// <summary>What comes first counts.</summary>
    internal void Settle(PublishResult result) => _answer.TrySetResult(result);
}
