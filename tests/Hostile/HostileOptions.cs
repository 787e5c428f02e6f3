namespace Reversals.Tests.Hostile;

/// <summary>What was asked for on the command line.</summary>
sealed record HostileOptions
{
    /// <summary>Where the corpora are.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Every text at every place, and not some places in turns.</summary>
    public required bool All { get; init; }

    /// <summary>Forged signatures to send.</summary>
    public required int Forged { get; init; }

    /// <summary>Hostile messages a second.</summary>
    public required int Rate { get; init; }

    /// <summary>Lines taken of one file.</summary>
    public required int Most { get; init; }

    /// <summary>The worker's executable.</summary>
    public required string Worker { get; init; }

    /// <summary>The gateway's executable.</summary>
    public required string Gateway { get; init; }
}
