namespace Reversals.Tests.Hostile;

/// <summary>The run cannot go on, or cannot begin: nothing is judged.</summary>
sealed class HostileException(string message) : Exception(message);
