using System.Net.Mime;
using MassTransit;
using RabbitMQ.Client;

namespace Reversals.Contracts.MassTransit;

/// <summary>Asks for reversals from a bus of MassTransit.</summary>
public static class ReversalSending
{
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
    /// <param name="stop">Ends the wait; the request may have been sent all the same.</param>
    /// <exception cref="ArgumentException">
    /// The request was not made by <c>Sign</c>, or no exchange is named.
    /// </exception>
    /// <exception cref="MessageReturnedException">
    /// No queue is bound to the exchange, so the request is nowhere. Import the definitions and start a
    /// worker once.
    /// </exception>
    public static async Task SendReversalAsync(
        this ISendEndpointProvider bus, string exchange, SignedReversalRequest request,
        string? correlationId = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentException.ThrowIfNullOrWhiteSpace(exchange);
        if (request.Signature is null)
        {
            throw new ArgumentException(
                "The request is not signed. Make it with ReversalRequestBody.Sign.", nameof(request));
        }

        var address = new Uri($"exchange:{exchange}?type=fanout");
        var endpoint = await bus.GetSendEndpoint(address).ConfigureAwait(false);
        await endpoint.Send(
            new SignedBody(),
            Pipe.Execute<SendContext<SignedBody>>(context => Fill(context, request, correlationId)),
            stop).ConfigureAwait(false);
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
