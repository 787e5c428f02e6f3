using Npgsql;
using Reversals.Tests.Chaos.Running;

namespace Reversals.Tests.Chaos.Workload;

/// <summary>
/// The upstream services: publish each request until the broker has confirmed it, or ask a gateway until it
/// says yes or no; and write down every try with what is known of it.
/// </summary>
sealed class Sender(
    IReadOnlyList<Uri> rabbitMq, string books, Callers callers, IReadOnlyList<Request> requests, TimeProvider clock)
    : IAsyncDisposable
{
    const int Outlets = 4;
    const int MostUnderWay = 1600;

    // A bank has a few connections. One for each payment would cost the server more than all the reversals do.
    readonly NpgsqlDataSource _bank = NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(books) { Pooling = true, MaxPoolSize = 4, Timeout = 30 });

    readonly SemaphoreSlim _underWay = new(MostUnderWay);
    readonly Outlet[] _outlets = [.. Enumerable.Range(0, Outlets).Select(_ => new Outlet(rabbitMq))];
    readonly Lock _gate = new();
    readonly List<Sent> _sent = [];
    readonly List<AddedPayment> _paid = [];
    readonly List<Task> _payments = [];
    int _next;
    int _sends;

    internal IReadOnlyList<Sent> Sent
    {
        get
        {
            lock (_gate)
            {
                return [.. _sent];
            }
        }
    }

    internal IReadOnlyList<AddedPayment> Paid
    {
        get
        {
            lock (_gate)
            {
                return [.. _paid];
            }
        }
    }

    /// <summary>How many of the requests were begun with.</summary>
    internal int Taken => _next;

    public async ValueTask DisposeAsync()
    {
        foreach (var outlet in _outlets)
        {
            await outlet.DisposeAsync();
        }

        await _bank.DisposeAsync();
        callers.Dispose();
        _underWay.Dispose();
    }

    /// <summary>
    /// Sends the next ones, spread over a while; when the hurry begins, what is left of them goes at once.
    /// </summary>
    internal Task SendAsync(int count, TimeSpan during, CancellationToken hurry)
    {
        var part = Next(count);
        return SendAsync(
            part, during / Math.Max(1, part.Sum(request => request.Pause)), hurry, CancellationToken.None);
    }

    /// <summary>Sends so many a second, whatever state the servers are in, until it is enough.</summary>
    internal Task PressAsync(double perSecond, int most, CancellationToken enough)
    {
        var part = Next(most);
        var during = TimeSpan.FromSeconds(part.Length / perSecond);
        return SendAsync(part, during / Math.Max(1, part.Sum(request => request.Pause)), enough, enough);
    }

    Request[] Next(int count) => [.. requests.Skip(_next).Take(count)];

    async Task SendAsync(Request[] part, TimeSpan pace, CancellationToken hurry, CancellationToken enough)
    {
        var due = TimeSpan.Zero;
        var began = Stopwatch.GetTimestamp();
        List<Task> underWay = [];
        foreach (var request in part.TakeWhile(_ => !enough.IsCancellationRequested))
        {
            _next++;
            due += pace * request.Pause;
            var early = due - Stopwatch.GetElapsedTime(began);
            if (early > TimeSpan.FromMilliseconds(5) && !hurry.IsCancellationRequested)
            {
                await Task.Delay(early, clock, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await _underWay.WaitAsync(CancellationToken.None);
            underWay.Add(UntilConfirmedAsync(request));
        }

        await Task.WhenAll(underWay);
        await Task.WhenAll(_payments);
    }

    async Task UntilConfirmedAsync(Request request)
    {
        try
        {
            if (request.ByHttp)
            {
                await callers.AskAsync(request, () => TryAsync(request));
            }
            else
            {
                while ((await TryAsync(request)).Outcome is not SendOutcome.Ok)
                {
                    await Task.Delay(Until.Step);
                }
            }
        }
        finally
        {
            _underWay.Release();
        }

        if (request.Late is { } payment)
        {
            lock (_gate)
            {
                _payments.Add(PayAsync(payment));
            }
        }
    }

    async Task<Sent> TryAsync(Request request)
    {
        var number = Interlocked.Increment(ref _sends);
        var outlet = _outlets[number % Outlets];
        var channel = request.ByHttp ? null : await outlet.OpenAsync();
        var sentAt = clock.GetUtcNow();
        var (outcome, told) = channel is null
            ? await callers.TryAsync(request, number)
            : (await outlet.PublishAsync(channel, request), null);
        lock (_gate)
        {
            _sent.Add(new Sent
            {
                Number = number,
                Class = request.Class,
                ClientId = request.ClientId,
                Body = request.Body,
                Signature = request.Signature,
                Authentic = request.Authentic,
                WellFormed = request.WellFormed,
                ReferenceId = request.ReferenceId,
                PaymentRef = request.PaymentRef,
                Amount = request.Amount,
                VirtualAccount = request.VirtualAccount,
                SentAt = sentAt,
                AnsweredAt = clock.GetUtcNow(),
                Outcome = outcome,
                Told = told,
            });
            return _sent[^1];
        }
    }

    /// <summary>The payment comes a second later, whatever state the database is in by then.</summary>
    async Task PayAsync(Payment payment)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), clock);
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    await Books.PayAsync(_bank, payment);
                    return true;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            },
            $"payment {payment.Id} is made", 120);
        lock (_gate)
        {
            _paid.Add(new AddedPayment(payment.Id, payment.Bill.Id, payment.Amount));
        }
    }
}
