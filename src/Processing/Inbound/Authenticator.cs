using Reversals.Contracts;
using Reversals.Processing.Configuration;
using Reversals.Processing.Storage;

namespace Reversals.Processing.Inbound;

/// <summary>Whose message it is, or why that cannot be said.</summary>
sealed record Authentication
{
    /// <summary>The configured client; "unknown" when the message names none.</summary>
    public required string ClientId { get; init; }

    /// <summary>Null: the signature is the client's.</summary>
    public Reason? Failure { get; init; }
}

/// <summary>Checks that a body was signed with one of the client's active keys.</summary>
sealed class Authenticator(IReadOnlyDictionary<string, ClientOptions> clients)
{
    /// <summary>Stands in metrics and logs for whatever name an untrusted sender gives.</summary>
    internal const string UnknownClient = QuarantineLimit.UnknownClient;

    readonly Dictionary<string, SigningKeys> _keys = clients.ToDictionary(
        client => client.Key,
        client => new SigningKeys(client.Value.ApiKeys),
        StringComparer.Ordinal);

    /// <summary>Nothing of theirs is taken, whatever it is signed with.</summary>
    readonly HashSet<string> _disabled = clients.Where(client => !client.Value.Enabled)
        .Select(client => client.Key).ToHashSet(StringComparer.Ordinal);

    readonly string? _onlyClient = clients.Count == 1 ? clients.Keys.Single() : null;

    internal Authentication Check(ReversalRequested message)
    {
        var clientId = Known(message);
        return new Authentication
        {
            ClientId = clientId ?? UnknownClient,
            Failure = Failure(
                message, clientId is null || _disabled.Contains(clientId) ? null : _keys[clientId]),
        };
    }

    /// <summary>The configured client that the message names; unproved.</summary>
    internal string Claimed(ReversalRequested message) => Known(message) ?? UnknownClient;

    string? Known(ReversalRequested message)
    {
        var clientId = string.IsNullOrEmpty(message.ClientId) ? _onlyClient : message.ClientId;
        return clientId is not null && _keys.ContainsKey(clientId) ? clientId : null;
    }

    static Reason? Failure(ReversalRequested message, SigningKeys? keys)
    {
        if (string.IsNullOrEmpty(message.Signature))
        {
            return Reason.SignatureMissing;
        }

        if (!Signature.IsWellFormed(message.Signature))
        {
            return Reason.SignatureInvalid;
        }

        return keys is null ? Reason.ClientUnknown
            : keys.Signed(message.Body.Span, message.Signature) ? null
            : Reason.SignatureInvalid;
    }
}
