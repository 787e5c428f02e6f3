using System.Net;
using System.Net.Sockets;
using Reversals.RabbitMq;

namespace Reversals.Tests.Unit;

/// <summary>RabbitMQ by several addresses.</summary>
public sealed class BrokerNodesTests
{
    [Theory]
    [InlineData("amqp://u:p@a/v", "amqp://u:p@a/v")]
    [InlineData("amqp://u:p@a,b:5673/v", "amqp://u:p@a/v amqp://u:p@b:5673/v")]
    [InlineData("amqp://u:p@a, b", "amqp://u:p@a amqp://u:p@b")]
    [InlineData("amqp://u:p@a/v,amqp://u:p@b/v", "amqp://u:p@a/v amqp://u:p@b/v")]
    [InlineData("amqp://u:p,q@a/v", "amqp://u:p,q@a/v")]
    [InlineData("amqps://a,b/v", "amqps://a/v amqps://b/v")]
    public void A_list_is_divided_into_an_address_for_each_node(string value, string nodes) =>
        string.Join(' ', BrokerNodes.Split(value)).ShouldBe(nodes);

    [Theory]
    [InlineData("amqp://u:p@a,b,c:5673/v", null)]
    [InlineData("amqp://u:p@a,,c/v", "address 2 of 3")]
    [InlineData("amqp://u:p@a,c:0/v", "address 2 of 2: port 0")]
    [InlineData("amqp://u:p@a,a:5672/v", "a:5672 for the second time")]
    [InlineData("amqp://u:p@a/v,amqp://u:q@b/v", "another user or password")]
    [InlineData("amqp://u:p@a/v,amqp://u:p@b/w", "another virtual host")]
    [InlineData("amqp://u:p@a/v,amqps://u:p@b/v", "amqps://, and amqp:// in the first")]
    [InlineData("amqp://u:p@a/v,b", "virtual host with a comma")]
    [InlineData("amqp://u:p@a/v,http://b", "virtual host with a comma")]
    [InlineData("", "nothing")]
    public void A_typo_is_named_with_its_address(string value, string? problem)
    {
        var found = BrokerNodes.Problem(value);
        if (problem is null)
        {
            found.ShouldBeNull();
        }
        else
        {
            found.ShouldNotBeNull().ShouldContain(problem);
            found.ShouldNotContain("u:q");
        }
    }

    [Fact]
    public void What_was_just_out_of_reach_is_tried_last()
    {
        var options = new BrokerOptions { Address = "amqp://u:p@nodes-test-1,nodes-test-2,nodes-test-3" };
        BrokerNodes.Failed(options.Nodes[0]);

        for (var look = 0; look < 20; look++)
        {
            BrokerNodes.InOrder(options).Last().Address.ShouldContain("nodes-test-1");
        }
    }

    [Fact]
    public void For_people_there_is_no_password() =>
        BrokerConnection.Address(new BrokerOptions { Address = "amqp://u:p@a,b:5673/v" }).ShouldBe("a:5672,b:5673/v");

    /// <summary>For a node that hangs its kernel takes the connection.</summary>
    [Fact]
    public async Task Nodes_that_take_a_connection_and_say_nothing_are_given_up()
    {
        using var one = Silent();
        using var other = Silent();
        var options = new BrokerOptions { Address = $"amqp://u:p@{one.LocalEndpoint},{other.LocalEndpoint}" };

        var error = await Should.ThrowAsync<IOException>(() => BrokerConnection
            .ConnectAsync(options, "test", TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        error.Message.ShouldContain($"{one.LocalEndpoint}: ");
        error.Message.ShouldContain($"{other.LocalEndpoint}: ");
        error.Message.ShouldContain("no answer in time");
    }

    static TcpListener Silent()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }
}
