using RabbitMQ.Client;

namespace Reversals.RabbitMq;

/// <summary>
/// What the address of RabbitMQ has to be. It holds a password: what is told of it is never a piece of one
/// that could not be read.
/// </summary>
static class BrokerAddress
{
    internal const string Expected =
        "expected amqp://user:password@host:port/vhost, or amqps://; of a cluster host,host:port,host";

    /// <summary>What was found instead; null: nothing is wrong with it.</summary>
    internal static string? Problem(string value) => string.IsNullOrWhiteSpace(value) ? "nothing"
        : !Uri.TryCreate(value, UriKind.Absolute, out var address)
            ? "no URI; in user and password write / as %2F, @ as %40, : as %3A, # as %23, ? as %3F"
        : address.Scheme is not ("amqp" or "amqps") ? $"{address.Scheme}://"
        : PartProblem(address);

    static string? PartProblem(Uri address)
    {
        var virtualHost = address.AbsolutePath is "" or "/" or "//" ? "" : address.AbsolutePath[1..];
        return address.Host.Length == 0 ? "no host"
            : address.Port == 0 ? "port 0, which is none"
            : address.Query.Length > 0 || address.Fragment.Length > 0
                ? "a ? or a #, which nothing may follow; as a part of a name write %3F and %23"
            : address.UserInfo.Count(one => one == ':') > 1 ? "a second : in user and password; write %3A"
            : virtualHost.Contains(',', StringComparison.Ordinal)
                ? "a virtual host with a comma; nodes stand before it, as in amqp://…@a,b/pay; write %2C"
            : virtualHost.Contains('/', StringComparison.Ordinal)
                ? "a virtual host with /; write it as %2F, as in amqp://…/pay%2Fprod"
            : IsTaken(address) ? null
            : "something that is not of this form";
    }

    /// <summary>The last word is the client library's.</summary>
    static bool IsTaken(Uri address)
    {
        try
        {
            _ = new ConnectionFactory { Uri = address };
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
