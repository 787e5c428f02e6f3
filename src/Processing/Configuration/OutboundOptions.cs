namespace Reversals.Processing.Configuration;

/// <summary>The relay.</summary>
sealed record OutboundOptions
{
    /// <summary>Most events of one claim, 1–5,000. Default 500.</summary>
    [Between(1, 5_000)]
    public int ClaimLimit { get; init; } = 500;

    /// <summary>Most events on their way at once, 1–1,000, and no more than 4 MiB. Default 512.</summary>
    [Between(1, 1_000)]
    public int WaveSize { get; init; } = 512;

    /// <summary>
    /// How long claimed events are nobody else's, 1 s–10 min; renewed while they are on their way. When a
    /// worker dies, the others wait this long for the events it had claimed. Default 10 s.
    /// </summary>
    [BetweenTimes("00:00:01", "00:10:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often to look for what others left, 10 ms–1 min. Default 1 s.</summary>
    [BetweenTimes("00:00:00.010", "00:01:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an event that was not confirmed rests, 10 ms–1 min. Default 1 s.</summary>
    [BetweenTimes("00:00:00.010", "00:01:00")]
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest rest, <c>Outbound:Rest</c>–1 h, of an event that a full queue or the broker refuses: it
    /// rests twice as long after each try, because each gives another copy to the queues that have room.
    /// Default 2 min, so that the alert over five minutes sees each that lasts.
    /// </summary>
    [BetweenTimes("00:00:00.010", "01:00:00", AtLeast = nameof(Rest))]
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Largest body of an event in bytes, 4,096–16,777,216. A request whose answer would be larger, because
    /// its bill says so much, is quarantined and changes nothing. Not above <c>max_message_size</c> of the
    /// broker, which would close the channel over it. Default 131,072 (128 KiB): the least max_message_size
    /// that a broker needs for requests, far below RabbitMQ's own 16 MiB (128 MiB before 4.0).
    /// </summary>
    [Between(4_096, 16 * 1024 * 1024)]
    public int MaxEventBytes { get; init; } = 128 * 1024;

    /// <summary>
    /// How long to wait for the confirms of the events that are on their way, 100 ms–1 min: then there is a
    /// new connection, and they are published again. Default 5 s.
    /// </summary>
    [BetweenTimes("00:00:00.100", "00:01:00")]
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
