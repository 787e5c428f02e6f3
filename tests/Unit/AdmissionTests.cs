using System.Buffers;
using RabbitMQ.Client;

namespace Reversals.Tests.Unit;

/// <summary>What is looked at first: the size, then what cannot be understood, then the signature.</summary>
public sealed class AdmissionTests
{
    const string Key = "a key of acme";

    static readonly Authenticator Acme = new(new Dictionary<string, ClientOptions>(StringComparer.Ordinal)
    {
        [Some.Client] = new() { ApiKeys = [Key] },
    });

    [Fact]
    public void A_body_of_the_largest_size_is_hashed_and_let_in()
    {
        using var body = new WatchedBody(Wire.MaxBodyBytes);
        var sender = Admission.Check(Signed(body), Acme);
        sender.Failure.ShouldBeNull();
        sender.ClientId.ShouldBe(Some.Client);
        body.Reads.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_body_that_is_too_large_is_refused_without_a_look_at_a_byte_however_well_it_is_signed()
    {
        using var body = new WatchedBody(Wire.MaxBodyBytes + 1);
        var sender = Admission.Check(Signed(body), Acme);
        sender.Failure.ShouldBe(Reason.BodyTooLarge);
        sender.ClientId.ShouldBe(Some.Client);
        body.Reads.ShouldBe(0);
    }

    [Fact]
    public void Headers_that_are_too_large_or_ambiguous_are_refused_without_a_look_at_the_body()
    {
        using var body = new WatchedBody(100);
        Admission.Check(Signed(body, ("big", new byte[Wire.MaxHeaderBytes])), Acme)
            .Failure.ShouldBe(Reason.HeadersTooLarge);
        Admission.Check(Signed(body, ("client-id", "another")), Acme)
            .Failure.ShouldBe(Reason.HeaderAmbiguous);
        body.Reads.ShouldBe(0);
    }

    [Fact]
    public void What_is_kept_of_a_body_that_is_too_large_is_its_head_size_and_hash()
    {
        using var body = new WatchedBody(Wire.MaxBodyBytes + 1);

        var kept = Admission.SetAside(Signed(body), Some.Client, Reason.BodyTooLarge, Some.Now);

        kept.Cause.ShouldBe("BODY_TOO_LARGE");
        kept.Body.Length.ShouldBe(4096);
        kept.BodySize.ShouldBe(Wire.MaxBodyBytes + 1);
        kept.BodyHash.ShouldNotBeNull().Length.ShouldBe(32);
        kept.IsAuthentic.ShouldBeFalse();
    }

    static ReceivedMessage Signed(WatchedBody body, params (string Name, object Value)[] headers)
    {
        var signature = Signature.Compute(body.Memory.Span, Encoding.UTF8.GetBytes(Key));
        body.Reads = 0;
        var all = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [Wire.SignatureHeader] = signature,
            [Wire.ClientIdHeader] = Some.Client,
        };
        foreach (var (name, value) in headers)
        {
            all[name] = value;
        }

        return ReceivedMessage.Read(body.Memory, new BasicProperties { Headers = all });
    }

    /// <summary>Counts who looks at its bytes; nobody needs to in order to know how many they are.</summary>
    sealed class WatchedBody(int size) : MemoryManager<byte>
    {
        readonly byte[] _bytes = new byte[size];

        internal int Reads { get; set; }

        public override Memory<byte> Memory => CreateMemory(_bytes.Length);

        public override Span<byte> GetSpan()
        {
            Reads++;
            return _bytes;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
