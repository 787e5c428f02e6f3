using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Servers))]

// All tests share one broker, and the names on it are fixed.
[assembly: Parallelization(Mode = ParallelMode.None)]
