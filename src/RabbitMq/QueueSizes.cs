using System.Globalization;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Reversals.Contracts;

namespace Reversals.RabbitMq;

/// <summary>
/// With how many members each queue is to be declared; null: without saying. A queue keeps what it was made
/// with, and to declare it in another way is an error; so of a queue that is there it is found out.
/// </summary>
sealed partial record QueueSizes
{
    const string Argument = "x-quorum-initial-group-size";

    public int? Requests { get; init; }

    public int? DeadLetters { get; init; }

    internal static async Task<QueueSizes> ReadAsync(
        IConnection connection, int? wanted, CancellationToken stop) => new()
    {
        Requests = await OfAsync(connection, Wire.RequestQueue, Topology.RequestArguments, wanted, stop),
        DeadLetters = await OfAsync(
            connection, Wire.DeadLetterQueue, Topology.DeadLetterArguments, wanted, stop),
    };

    /// <summary>Arguments of a queue that is declared with so many members.</summary>
    internal static Dictionary<string, object?> With(Dictionary<string, object?> arguments, int? members) =>
        members is null
            ? arguments
            : new(arguments, StringComparer.Ordinal) { [Argument] = members };

    /// <summary>Of one queue: as it was made, or as it is wanted when it is not there.</summary>
    internal static async Task<int?> OfAsync(
        IConnection connection, string queue, Dictionary<string, object?> arguments, int? wanted,
        CancellationToken stop)
    {
        if (await RefusalAsync(connection, channel => channel.QueueDeclarePassiveAsync(queue, stop))
            is { ReplyCode: Constants.NotFound })
        {
            return wanted;
        }

        // To declare a queue that is there compares it and changes nothing.
        var refusal = await RefusalAsync(connection, channel => channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: stop));
        var made = Made().Match(refusal?.ReplyText ?? "");
        return made.Success ? int.Parse(made.Groups["size"].Value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Null: the broker did it.</summary>
    static async Task<ShutdownEventArgs?> RefusalAsync(IConnection connection, Func<IChannel, Task> what)
    {
        var channel = await connection.CreateChannelAsync();
        await using var end = new QuickEnd(channel);
        try
        {
            await what(channel);
            return null;
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason is { } reason)
        {
            return reason;
        }
    }

    [GeneratedRegex(
        $@"'{Argument}'.* current is the value '(?<size>\d+)'", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Made();
}
