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

    [Theory]
    [InlineData(null, null)]
    [InlineData("0", 0L)]
    [InlineData("000", 0L)]
    [InlineData("30", 30L)]
    [InlineData(" 30 ", 30L)]
    [InlineData("999999999", 999_999_999L)]
    public void How_long_a_request_may_wait_is_said_in_whole_seconds(string? sent, long? seconds)
    {
        var request = Waiting(sent);
        request.Rejection.ShouldBeNull();
        request.PendingFor.ShouldBe(seconds is { } known ? TimeSpan.FromSeconds(known) : null);
    }

    [Fact]
    public void More_seconds_than_any_setting_has_are_as_good_as_no_limit()
    {
        var request = Waiting("99999999999999999999999999999999");
        request.Rejection.ShouldBeNull();
        request.PendingFor.ShouldBe(TimeSpan.MaxValue);
    }

    /// <summary>Read as the client's setting, it would be reversed a day later after all.</summary>
    [Theory]
    [Each(
        "", " ", "-1", "+1", "1.5", "1,5", "1e3", "0x10", "30s", "00:00:30", "True", "never", "1 0", "\u0661",
        "System.Byte[]")]
    public void Anything_else_is_refused_and_the_header_is_named(string sent)
    {
        var refusal = Waiting(sent).Rejection.ShouldNotBeNull();
        refusal.Reason.ShouldBe(Reason.InvalidField);
        refusal.Message.ShouldContain("Pending-For");
    }

    [Fact]
    public void A_body_that_cannot_be_read_is_named_before_a_header()
    {
        var message = Some.Message("[]") with { PendingFor = "never", CorrelationId = "mine" };
        var request = RequestReader.Read(message, Some.Client, Some.Now);
        request.Rejection!.Reason.ShouldBe(Reason.MalformedBody);
        request.CorrelationId.ShouldBe("mine");
    }

    static ReversalRequest Waiting(string? pendingFor) => RequestReader.Read(
        Some.Message(Some.Json("'payment_ref':'P1'")) with { PendingFor = pendingFor }, Some.Client, Some.Now);
}
