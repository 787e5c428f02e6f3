namespace Reversals.Processing.Configuration;

/// <summary>
/// The operator page. It asks for no password: who can reach its port can read it, so that port is
/// the loopback's, and others come through a proxy that knows them.
/// </summary>
sealed record PageOptions
{
    /// <summary>Port, 1–65535, not that of the health endpoints; null (default): there is no page.</summary>
    [Between(1, 65_535)]
    public int? Port { get; init; }

    /// <summary>Address to listen on. Default 127.0.0.1.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>
    /// Names, without port, under which a browser may ask for the page, besides <c>localhost</c> and
    /// <see cref="Address"/>: the proxy's public name. Another name is refused, else any website could have
    /// its own name lead here. Default none.
    /// </summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>
    /// Whether messages may be replayed and discarded from the page. Default false: it only shows. With an
    /// <see cref="Address"/> that is not the loopback's it needs <see cref="OperatorHeader"/>.
    /// </summary>
    public bool Actions { get; init; }

    /// <summary>
    /// Header in which the proxy names who is signed in, such as <c>X-Forwarded-User</c>; it has to take away
    /// what a browser sends under this name. Without the header nothing is answered, and its value stands
    /// in the audit. Null (default): everybody is <c>page</c>.
    /// </summary>
    public string? OperatorHeader { get; init; }

    /// <summary>
    /// Npgsql connection string of <c>reversal_operator</c>, secret; the worker's own role cannot read the
    /// quarantine. Null (default): <c>ConnectionStrings:Postgres</c>.
    /// </summary>
    public string? Postgres { get; init; }
}
