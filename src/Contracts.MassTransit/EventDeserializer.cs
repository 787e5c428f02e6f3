using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using System.Runtime.Serialization;
using System.Text;
using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;

namespace Reversals.Contracts.MassTransit;

/// <summary>
/// Reads events of the worker, whatever content type they claim. The field <c>event</c> picks the type, so a
/// rejection never reaches a consumer of reversals.
/// </summary>
sealed class EventDeserializer(string[] signingKeys) : ISerializerFactory, IMessageDeserializer
{
    public ContentType ContentType { get; } = new(Wire.ContentType);

    public IMessageSerializer CreateSerializer() => SystemTextJsonMessageSerializer.Instance;

    public IMessageDeserializer CreateDeserializer() => this;

    public void Probe(ProbeContext context) => context.CreateScope("reversal-events");

    public ConsumeContext Deserialize(ReceiveContext receiveContext) => new BodyConsumeContext(
        receiveContext,
        Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null)
    {
        try
        {
            var bytes = body.GetBytes();
            var read = signingKeys.Length == 0
                ? ReversalEvent.Read(bytes)
                : ReversalEvent.ReadSigned(
                    bytes,
                    new EventSignatures(
                        Text(headers, Wire.SignatureHeader), Text(headers, Wire.NextSignatureHeader)),
                    signingKeys);
            return new EventContext(read, headers, destinationAddress);
        }
        catch (Exception error) when (error is JsonException or InvalidDataException)
        {
            // This one MassTransit moves to _error. After any other the message would come back at once, for
            // ever.
            throw new SerializationException(error.Message, error);
        }
    }

    public MessageBody GetMessageBody(string text) => new BytesMessageBody(Encoding.UTF8.GetBytes(text));

    /// <summary>RabbitMQ gives a header as text or as its bytes.</summary>
    static string? Text(Headers headers, string name) => headers.TryGetHeader(name, out var value)
        ? value as string ?? (value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : null)
        : null;

    /// <summary>One event, of its own type and of the type of both.</summary>
    sealed class EventContext(ReversalEvent read, Headers headers, Uri? destination)
        : BaseSerializerContext(
            SystemTextJsonMessageSerializer.Instance,
            new RawMessageContext(headers, destination, RawSerializerOptions.AnyMessageType),
            [MessageUrn.ForTypeString(read.GetType()), MessageUrn.ForTypeString<ReversalEvent>()])
    {
        public override bool IsSupportedMessageType<T>() => IsSupportedMessageType(typeof(T));

        public override bool IsSupportedMessageType(Type messageType) => messageType.IsInstanceOfType(read);

        public override bool TryGetMessage<T>([NotNullWhen(true)] out T? message)
            where T : class
        {
            message = read as T;
            return message is not null;
        }

        public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
        {
            message = IsSupportedMessageType(messageType) ? read : null;
            return message is not null;
        }

        public override IMessageSerializer GetMessageSerializer() => SystemTextJsonMessageSerializer.Instance;

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) =>
            SystemTextJsonMessageSerializer.Instance;

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) =>
            SystemTextJsonMessageSerializer.Instance;

        public override Dictionary<string, object> ToDictionary<T>(T? message)
            where T : class => [];
    }
}
