namespace Reversals.Tests.Benchmarks;

/// <summary>
/// The run is void: messages were lost or doubled, the books do not agree, or a contestant failed.
/// </summary>
sealed class BenchmarkException(string message) : Exception(message);
