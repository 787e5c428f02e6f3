using Reversals.Processing.Postgres;

namespace Reversals.Tests.Unit;

public sealed class PostgresHostsTests
{
    [Theory]
    [InlineData("db.example.net", "db.example.net:5433")]
    [InlineData("a, b:6000", "a:5433 b:6000")]
    [InlineData("::1", "[::1]:5433")]
    [InlineData("[::1]", "[::1]:5433")]
    [InlineData("[::1]:6000,fd00::7", "[::1]:6000 [fd00::7]:5433")]
    [InlineData("/var/run/postgresql", "/var/run/postgresql")]
    public void Each_host_is_told_with_its_own_port_or_the_common_one(string hosts, string told) =>
        string.Join(' ', PostgresHosts.Of($"Host={hosts};Port=5433")).ShouldBe(told);
}
