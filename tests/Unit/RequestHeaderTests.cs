using Reversals.Worker.Inbound;
using Shouldly;
using Xunit;

namespace Reversals.Tests.Unit;

/// <summary>What a request says beside its body, and how far it is believed.</summary>
public sealed class RequestHeaderTests
{
    [Theory]
    [InlineData(null, 0)]
    [InlineData(-60, -60)]
    [InlineData(60, 0)]
    public void A_request_was_sent_when_it_says_but_never_after_it_was_received(
        int? saidSeconds, int takenSeconds)
    {
        var message = Some.Message(Some.Json("'payment_ref':'P1'")) with
        {
            SentAt = saidSeconds is { } seconds ? Some.Now.AddSeconds(seconds) : null,
        };

        RequestReader.Read(message, Some.Client, Some.Now).SentAt.ShouldBe(Some.Now.AddSeconds(takenSeconds));
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c", false)]
    [InlineData("'; drop table", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_trace_context_is_carried_on_when_it_is_one(string? sent, bool kept)
    {
        var message = Some.Message(Some.Json("'payment_ref':'P1'")) with { TraceParent = sent };

        RequestReader.Read(message, Some.Client, Some.Now).TraceParent.ShouldBe(kept ? sent : null);
    }
}
