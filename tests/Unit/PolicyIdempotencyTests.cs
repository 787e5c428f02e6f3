namespace Reversals.Tests.Unit;

/// <summary>One key, one effect: a duplicate gets the same answer, other content under the key gets
/// none.</summary>
public sealed class PolicyIdempotencyTests
{
    const string Names = "'payment_ref':'P1','reference_id':'request-1'";
    const string Va = "'virtual_account':'8573991234567890'";
    const string Full =
        Names + ",'amount':100000,'virtual_account':'1234567890','prefix':'857399','channel':'bca'";

    [Theory]
    [InlineData(Full)]
    [InlineData(Names + ",'amount':100000.0,'channel':'BCA'," + Va)]
    [InlineData("'channel':' bca','note':[1],'amount':'100000.00'," + Va + ",'prefix':'857399'," + Names)]
    [InlineData("'payment_ref':' P1 ','reference_id':'request-1 ','amount':' 100000 ','channel':'bca'," + Va)]
    public void A_duplicate_gets_the_same_answer_again(string members)
    {
        var ledger = Applied(Full, out var eventId);
        var books = ledger.Bill(1);
        var duplicate = ledger.Answer(Read(members)).ShouldBeOfType<Duplicate>();
        duplicate.Reversal.EventId.ShouldBe(eventId);
        duplicate.Reversal.BillId.ShouldBe(1);
        ledger.Bill(1).ShouldBe(books);
    }

    [Theory]
    [Each(
        Names + ",'channel':'bca'," + Va, Names + ",'amount':100000,'channel':'bca'",
        Names + ",'amount':100000,'channel':'bca','virtual_account':'1234567890'",
        Names + ",'amount':100000," + Va,
        "'payment_ref':'P2','reference_id':'request-1','amount':100000,'channel':'bca'," + Va,
        "'reference_id':'request-1','amount':100000,'channel':'bca'," + Va,
        Names + ",'amount':99999.99,'channel':'bca'," + Va, Names + ",'amount':100000,'channel':'bni'," + Va)]
    public void Other_content_under_the_same_key_is_a_conflict_and_touches_nothing(string members)
    {
        var ledger = Applied(Full, out var eventId);
        var books = ledger.Bill(1);
        ledger.Answer(Read(members)).ShouldBeRejected(Reason.IdempotencyConflict);
        ledger.Bill(1).ShouldBe(books);
        ledger.Reversal(Some.Client, "request-1")!.EventId.ShouldBe(eventId);
    }

    [Fact]
    public void The_placeholder_channel_is_no_content()
    {
        var ledger = Applied(Names + ",'channel':'bank_name'", out _);
        ledger.Answer(Read(Names)).ShouldBeOfType<Duplicate>();
    }

    [Fact]
    public void A_request_without_a_reference_is_known_again_by_its_payment_ref()
    {
        var ledger = Applied("'payment_ref':'P1'", out var eventId);
        ledger.Answer(Read("'payment_ref':'P1','reference_id':null")).ShouldBeOfType<Duplicate>()
            .Reversal.EventId.ShouldBe(eventId);
        ledger.Answer(Read("'payment_ref':'P1','amount':5")).ShouldBeRejected(Reason.IdempotencyConflict);
    }

    [Fact]
    public void A_key_belongs_to_its_client()
    {
        var ledger = Applied(Full, out _);
        ledger.Add(Some.Bill(id: 2) with { ClientId = Some.OtherClient });
        ledger.Add(Some.Payment(id: 9, bill: 2) with { ClientId = Some.OtherClient, PaymentRef = "P1" });
        ledger.Answer(Read(Full) with { ClientId = Some.OtherClient }).ShouldBeApplied().Bill.Id.ShouldBe(2);
    }

    [Fact]
    public void A_rejection_does_not_use_up_its_reference()
    {
        var ledger = Some.Ledger(Some.Bill(), Some.Payment());
        ledger.Answer(Some.Request(amount: 1)).ShouldBeRejected(Reason.PartialNotAllowed);
        ledger.Reversal(Some.Client, "request-1").ShouldBeNull();
        ledger.Answer(Some.Request()).ShouldBeApplied();
    }

    [Fact]
    public void A_duplicate_is_known_whatever_became_of_the_payment_and_the_client_since()
    {
        var ledger = Applied(Full, out _);
        var late = Read(Full) with { SentAt = Some.Now.AddYears(1), TraceParent = "00-1-1-01" };
        var shortWindow = new ClientPolicy { ReversalWindow = TimeSpan.FromHours(1) };
        ledger.Answer(late, shortWindow).ShouldBeOfType<Duplicate>();
    }

    [Fact]
    public void A_conflict_shows_the_bill_of_the_payment_it_names()
    {
        var ledger = Applied(Full, out _);
        var rejected = ledger.Answer(Some.Request(amount: 5)).ShouldBeRejected(Reason.IdempotencyConflict);
        rejected.Bill.ShouldBe(ledger.Bill(1));
    }

    /// <summary>The same text in another field is other content, too.</summary>
    [Fact]
    public void Every_field_is_content()
    {
        const string text = "8573991234567890";
        var bare = Some.Request(paymentRef: null) with { ReferenceId = null };
        ReversalRequest[] requests =
        [
            bare, bare with { PaymentRef = text }, bare with { ReferenceId = text },
            bare with { VaNumber = text }, bare with { Prefix = text }, bare with { Channel = text },
            bare with { Amount = 8_573_991_234_567_890 },
        ];

        requests.Select(request => Convert.ToHexString(request.ContentHash()))
            .ShouldBeUnique(StringComparer.Ordinal);
        bare.ContentHash().Length.ShouldBe(32);
        (bare with { ClientId = "x", SentAt = default, TraceParent = "x" }).ContentHash()
            .ShouldBe(bare.ContentHash());
    }

    static ReversalRequest Read(string members) => Some.Read(Some.Json(members));

    static Ledger Applied(string members, out Guid eventId)
    {
        var ledger = Some.Ledger(Some.Bill(), Some.Payment());
        var request = Read(members);
        ledger.Answer(request).ShouldBeApplied();
        eventId = ledger.Stored(request)!.EventId;
        return ledger;
    }
}
