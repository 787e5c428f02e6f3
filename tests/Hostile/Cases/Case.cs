using System.Numerics;
using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Cases;

/// <summary>One hostile message and what may become of it.</summary>
sealed class Case(string kind, string origin, string place, Message message)
{
    internal string Kind => kind;

    /// <summary>The file and the line or string in it.</summary>
    internal string Origin => origin;

    /// <summary>Where in the message the text stands, and how that is signed.</summary>
    internal string Place => place;

    internal Message Message => message;

    /// <summary>Whether its file says that the signature is right; null: it does not say.</summary>
    internal bool? MustBeRight { get; init; }

    /// <summary>Reasons of an event and causes of the quarantine, one of which it must end in. Causes and
    /// reasons have no name in common, so the name says where to look.</summary>
    internal HashSet<string> Allowed { get; } = new(StringComparer.Ordinal);

    /// <summary>What must be taken if it is applied; null: what is left.</summary>
    internal BigInteger? Cents { get; set; }

    /// <summary>Under which key of which client it is applied; null: it cannot be.</summary>
    internal (string Client, string Key)? Key { get; set; }

    /// <summary>The payment it names; null: none that exists.</summary>
    internal SeededPayment? Payment { get; set; }

    /// <summary>Outcomes that were seen; exactly one is right.</summary>
    internal List<Outcome> Outcomes { get; } = [];
}

/// <summary>What became of a message: the body of its event, or the cause of its quarantine.</summary>
sealed record Outcome
{
    internal string? Exchange { get; init; }
    internal byte[]? Event { get; init; }
    internal string? Cause { get; init; }
}

/// <summary>A payment of an open bill, worth the most that an amount can be.</summary>
sealed class SeededPayment(long id, string client, string paymentRef, string va)
{
    internal const string Channel = "bank_bsi";

    internal long Id => id;

    internal string Client => client;

    internal string PaymentRef => paymentRef;

    internal string Va => va;

    /// <summary>The cases that name it and come in.</summary>
    internal List<Case> Cases { get; } = [];

    /// <summary>What its applied cases took, by their events.</summary>
    internal BigInteger Taken { get; set; }
}
