namespace Reversals.Tests.Integration;

/// <summary>One trace from the sender of a request to the subscriber of its event.</summary>
public sealed class TraceTests(Servers servers) : ServerTest(servers)
{
    const string Sender = "b7ad6b7169203331";

    static readonly string[] Sources =
        ["RabbitMQ.Client.Subscriber", "MassTransit", "Npgsql", "Reversals.Worker"];

    [Fact]
    public async Task The_trace_of_a_request_goes_from_its_sender_through_the_worker_to_the_subscriber()
    {
        using var recorded = new Recorded();
        await Box.Books.PaidAsync("P1", 10_000);
        await Box.StartWorkerAsync();
        var trace = ActivityTraceId.CreateRandom();

        await SendAsync(Some.Request("P1", "request-1"), $"00-{trace}-{Sender}-01");
        var heard = (await Box.Tap.HearAsync(1))[0].Header(Wire.TraceParentHeader);
        await Box.StopWorkersAsync();

        ActivityContext.TryParse(heard, traceState: null, out var subscriber).ShouldBeTrue();
        subscriber.TraceId.ShouldBe(trace);
        var spans = recorded.Of(trace);
        spans.Select(span => span.Source.Name).Distinct().ShouldBe(Sources, ignoreOrder: true);
        string[] ids = [Sender, .. spans.Select(span => span.SpanId.ToHexString())];
        spans.ShouldAllBe(span => ids.Contains(span.ParentSpanId.ToHexString()));

        var publish = spans.Single(span => span.DisplayName == "publish payment-reversed");
        publish.SpanId.ShouldBe(subscriber.SpanId);
        publish.Status.ShouldBe(ActivityStatusCode.Unset);
        var commit = spans.Single(span => span.DisplayName == "commit reversals");
        spans.Where(span => span.Source.Name == "Npgsql").ShouldNotBeEmpty();
        spans.Where(span => span.Source.Name == "Npgsql")
            .ShouldAllBe(span => span.ParentSpanId == commit.SpanId);
        string.Concat(spans.SelectMany(span => span.TagObjects).Select(tag => $"{tag.Key}={tag.Value};"))
            .ShouldSatisfyAllConditions(
                tags => tags.ShouldNotContain(Some.Key),
                tags => tags.ShouldNotContain(Some.VaNumber),
                tags => tags.ShouldNotContain("Password"));
    }

    [Fact]
    public async Task A_batch_belongs_to_its_first_trace_and_links_the_others()
    {
        using var recorded = new Recorded();
        await Box.DeployTopologyAsync();
        ActivityTraceId[] traces = [.. Enumerable.Range(0, 20).Select(_ => ActivityTraceId.CreateRandom())];
        await Task.WhenAll(traces.Select(trace => SendAsync("{}", $"00-{trace}-{Sender}-01")));
        await Box.StartWorkerAsync();
        (await Box.Tap.HearAsync(traces.Length))
            .Select(heard => ActivityContext.Parse(heard.Header(Wire.TraceParentHeader)!, null).TraceId)
            .ShouldBe(traces, ignoreOrder: true);
        await Box.StopWorkersAsync();

        var commits = traces.SelectMany(recorded.Of).Where(span => span.DisplayName == "commit reversals");
        commits.SelectMany(commit => (ActivityTraceId[])
            [commit.TraceId, .. commit.Links.Select(link => link.Context.TraceId)])
            .ShouldBe(traces, ignoreOrder: true);
    }

    [Fact]
    public async Task A_request_that_its_sender_does_not_record_is_not_recorded_here()
    {
        using var recorded = new Recorded();
        await Box.StartWorkerAsync();
        var trace = ActivityTraceId.CreateRandom();

        await SendAsync("{}", $"00-{trace}-{Sender}-00");
        (await Box.Tap.HearAsync(1))[0].Header(Wire.TraceParentHeader).ShouldBe($"00-{trace}-{Sender}-00");
        await SendAsync("{}", traceParent: null);
        (await Box.Tap.HearAsync(2))[1].Header(Wire.TraceParentHeader).ShouldBeNull();
        await Box.StopWorkersAsync();

        recorded.All.ShouldBeEmpty();
    }

    Task SendAsync(string body, string? traceParent) => Box.Upstream.SendAsync(body, change: to =>
    {
        if (traceParent is not null)
        {
            to.Headers![Wire.TraceParentHeader] = traceParent;
        }
    });

    /// <summary>Everything that was recorded: as parents say, and nothing without one.</summary>
    sealed class Recorded : IDisposable
    {
        readonly Kept<Activity> _spans = new();
        readonly ActivityListener _listener;

        internal Recorded()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => Sources.Contains(source.Name),
                Sample = (ref creation) => creation.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
                ActivityStopped = _spans.Add,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        internal IReadOnlyList<Activity> All => _spans.All;

        public void Dispose() => _listener.Dispose();

        internal Activity[] Of(ActivityTraceId trace) => [.. All.Where(span => span.TraceId == trace)];
    }
}
