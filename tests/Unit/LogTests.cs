using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Reversals.Processing.Telemetry;

namespace Reversals.Tests.Unit;

/// <summary>Every message stands in one file and can be told from the others by its number.</summary>
public sealed partial class LogTests
{
    const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    static readonly (Type Place, LoggerMessageAttribute Message)[] Messages =
    [
        .. from type in typeof(Log).Assembly.GetTypes()
           from method in type.GetMethods(Any)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           select (type, message),
    ];

    [Fact]
    public void All_messages_stand_in_one_place()
    {
        Messages.Length.ShouldBeGreaterThan(20);
        Messages.Select(one => one.Place.Name).ShouldAllBe(name => name == "Log");
    }

    [Fact]
    public void Each_message_has_a_number_of_its_own_and_they_stand_in_its_order()
    {
        var numbers = Messages.Select(one => one.Message.EventId).ToList();
        numbers.ShouldAllBe(number => number > 0);
        numbers.ShouldBeInOrder(SortDirection.Ascending);
        numbers.ShouldBeUnique();
    }

    [Fact]
    public void Nobody_writes_to_the_log_in_passing()
    {
        // A message without a number, or one put together as text, is not to be found again.
        ArchitectureTests.Lines(line => InPassing().IsMatch(line)).ShouldBeEmpty();
    }

    [GeneratedRegex(
        @"\b_?log(ger)?\.Log(Trace|Debug|Information|Warning|Error|Critical)?\(",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex InPassing();
}
