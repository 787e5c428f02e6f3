using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Reversals.Tests;

/// <summary>A case of the theory for each of these values of its one parameter.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class EachAttribute(params object?[] values) : DataAttribute
{
    public IReadOnlyList<object?> Values { get; } = values;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Values.Select(value => new TheoryDataRow(value))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
