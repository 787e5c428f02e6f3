using System.Net.Mime;
using MassTransit;
using RabbitMQ.Client;

namespace Reversals.Contracts.MassTransit;

/// <summary>Asks for reversals from a bus of MassTransit.</summary>
public static class ReversalSending
{
    static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sends the signed bytes as they are, and returns when RabbitMQ has them in the worker's queue; waits
    /// 30 s at most. Parameters and exceptions are those of the overload with a timeout.
    /// </summary>
    public static Task SendReversalAsync(
        this ISendEndpointProvider bus, string exchange, SignedReversalRequest request,
        string? correlationId = null, CancellationToken stop = default) =>
        bus.SendReversalAsync(exchange, request, correlationId, UsualTimeout, stop);

    /// <summary>
    /// Sends the signed bytes as they are, and returns when RabbitMQ has them in the worker's queue.
    /// </summary>
    /// <param name="bus">The bus, or the context of a consumer.</param>
    /// <param name="exchange">
    /// The upstream's own exchange, <c>NAME-reversals</c>: MassTransit declares what it sends to, and nobody
    /// but the worker may declare <see cref="Wire.RequestExchange"/>. With <c>upstream:NAME</c>,
    /// <c>deploy/rabbitmq/definitions.sh</c> makes the exchange and binds it.
    /// </param>
    /// <param name="request">From <see cref="ReversalRequestBody.Sign"/>.</param>
    /// <param name="correlationId">
    /// Any text of at most 255 bytes; every answer carries it. Null: answers carry none.
    /// </param>
    /// <param name="timeout">
    /// How long to wait. While RabbitMQ is away, or refuses the user, MassTransit tries again and again and
    /// tells only its log.
    /// </param>
    /// <param name="stop">Ends the wait; the request may have been sent all the same.</param>
    /// <exception cref="ArgumentException">
    /// The request was not made by <c>Sign</c>, or the exchange is no name of an upstream's own.
    /// </exception>
    /// <exception cref="MessageReturnedException">
    /// No queue is bound to the exchange, so the request is nowhere. Import the definitions and start a
    /// worker once.
    /// </exception>
    /// <exception cref="TimeoutException">
    /// RabbitMQ has not confirmed it in time. Send the same request again: it is applied once.
    /// </exception>
    public static async Task SendReversalAsync(
        this ISendEndpointProvider bus, string exchange, SignedReversalRequest request,
        string? correlationId, TimeSpan timeout, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentException.ThrowIfNullOrWhiteSpace(exchange);
        if (exchange is Wire.RequestExchange || exchange.AsSpan().ContainsAny(":/?"))
        {
            throw new ArgumentException(
                $"{exchange} is not the name of an upstream's own exchange. Pass the name alone, such as "
                + "acme-reversals: MassTransit declares it, and only the worker may declare its own.",
                nameof(exchange));
        }

        if (request.Signature is null)
        {
            throw new ArgumentException(
                "The request is not signed. Make it with ReversalRequestBody.Sign.", nameof(request));
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(timeout);
        try
        {
            var address = new Uri($"exchange:{exchange}?type=fanout");
            var endpoint = await bus.GetSendEndpoint(address).WaitAsync(limit.Token).ConfigureAwait(false);
            await endpoint.Send(
                new SignedBody(),
                Pipe.Execute<SendContext<SignedBody>>(context => Fill(context, request, correlationId)),
                limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"RabbitMQ did not confirm the request within {timeout}. It is away, or this bus signs in as "
                + $"a user who may not declare {exchange}: MassTransit's log says which. Send the same "
                + "request again: it is applied once.",
                error);
        }
    }

    static void Fill(SendContext context, SignedReversalRequest request, string? correlationId)
    {
        context.Serializer = new ExactBytes(request.Body);
        foreach (var (name, value) in request.CreateHeaders())
        {
            context.Headers.Set(name, value);
        }

        if (context.TryGetPayload<RabbitMqSendContext>(out var delivery))
        {
            delivery.Mandatory = true;
            delivery.BasicProperties.CorrelationId = correlationId;
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            delivery.BasicProperties.Timestamp = new AmqpTimestamp(now);
        }
    }

    /// <summary>Stands for the request on its way through MassTransit, which wants a type.</summary>
    sealed class SignedBody;

    /// <summary>Writes the signed bytes: to serialise again would break the signature.</summary>
    sealed class ExactBytes(ReadOnlyMemory<byte> body) : IMessageSerializer
    {
        public ContentType ContentType { get; } = new(Wire.ContentType);

        public MessageBody GetMessageBody<T>(SendContext<T> context)
            where T : class => new BytesMessageBody(body.ToArray());
    }
}
