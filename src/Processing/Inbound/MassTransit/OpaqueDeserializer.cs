using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using System.Text;
using MassTransit;
using MassTransit.Serialization;
using RabbitMQ.Client;

namespace Reversals.Processing.Inbound.MassTransit;

/// <summary>
/// Hands the consumer the exact bytes and what we read of the properties, whatever the sender's content type
/// and headers say. It parses nothing, so it never fails; it tells MassTransit of no header, so no header can
/// choose an address, a deserializer or a message type.
/// </summary>
sealed class OpaqueDeserializer : ISerializerFactory, IMessageDeserializer, IMessageSerializer
{
    public ContentType ContentType { get; } = new("application/json");

    public IMessageSerializer CreateSerializer() => this;

    public IMessageDeserializer CreateDeserializer() => this;

    public void Probe(ProbeContext context) => context?.CreateScope("opaque");

    public ConsumeContext Deserialize(ReceiveContext receiveContext)
    {
        receiveContext.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery);
        var message = ReceivedMessage.Read(
            receiveContext.Body.GetBytes(), delivery?.Properties, receiveContext.Redelivered);
        return new BodyConsumeContext(
            receiveContext, new OpaqueContext(message, receiveContext.InputAddress, this));
    }

    public SerializerContext Deserialize(
        MessageBody body, global::MassTransit.Headers headers, Uri? destinationAddress = null) =>
        new OpaqueContext(ReceivedMessage.Read(body.GetBytes(), properties: null), destinationAddress, this);

    public MessageBody GetMessageBody(string text) => new BytesMessageBody(Encoding.UTF8.GetBytes(text));

    /// <summary>The consuming bus sends nothing: the relay is the one publisher.</summary>
    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class => throw new NotSupportedException("The consuming bus sends nothing.");

    /// <summary>One message of one type, with no headers.</summary>
    sealed class OpaqueContext(ReceivedMessage received, Uri? destination, IMessageSerializer serializer)
        : BaseSerializerContext(
            SystemTextJsonMessageSerializer.Instance,
            new RawMessageContext(EmptyHeaders.Instance, destination, RawSerializerOptions.AnyMessageType),
            [MessageUrn.ForTypeString<ReceivedMessage>()])
    {
        public override bool IsSupportedMessageType<T>() => typeof(T) == typeof(ReceivedMessage);

        public override bool IsSupportedMessageType(Type messageType) =>
            messageType == typeof(ReceivedMessage);

        public override bool TryGetMessage<T>([NotNullWhen(true)] out T? message)
            where T : class
        {
            message = received as T;
            return message is not null;
        }

        public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
        {
            message = messageType == typeof(ReceivedMessage) ? received : null;
            return message is not null;
        }

        public override IMessageSerializer GetMessageSerializer() => serializer;

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) =>
            serializer;

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) =>
            serializer;

        public override Dictionary<string, object> ToDictionary<T>(T? message)
            where T : class => [];
    }
}
