using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Reversals.Tests.Chaos.World;

namespace Reversals.Tests.Chaos.Traffic;

/// <summary>
/// The upstream services: publish each request until the broker has confirmed it, and write down every try with
/// what is known of it.
/// </summary>
sealed class Sender(Uri rabbitMq, string books, IReadOnlyList<Request> requests, TimeProvider clock) : IAsyncDisposable
{
    internal const string Exchange = "reversal-requested";

    const int Outlets = 2;
    const int MostUnderWay = 400;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

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

        _underWay.Dispose();
    }

    /// <summary>
    /// Sends the next ones, spread over a while; when the hurry begins, all that is left of them goes at once.
    /// </summary>
    internal async Task SendAsync(int count, TimeSpan during, CancellationToken hurry)
    {
        var part = requests.Skip(_next).Take(count).ToArray();
        _next += part.Length;
        var pace = during / Math.Max(1, part.Sum(request => request.Pause));
        var due = TimeSpan.Zero;
        var began = Stopwatch.GetTimestamp();
        List<Task> underWay = [];
        foreach (var request in part)
        {
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
            while (await TryAsync(request) is not SendOutcome.Ok)
            {
                await Task.Delay(Until.Step);
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

    async Task<SendOutcome> TryAsync(Request request)
    {
        var number = Interlocked.Increment(ref _sends);
        var channel = await _outlets[number % Outlets].OpenAsync();
        var sentAt = clock.GetUtcNow();
        var outcome = await PublishAsync(channel, request);
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
                Outcome = outcome,
            });
        }

        return outcome;
    }

    static async Task<SendOutcome> PublishAsync(IChannel channel, Request request)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await channel.BasicPublishAsync(
                Exchange, routingKey: "", mandatory: true, Properties(request), request.Body, patience.Token);
            return SendOutcome.Ok;
        }
        catch (PublishException error) when (error.IsReturn)
        {
            return SendOutcome.Fail;
        }
        catch (Exception error) when (error is RabbitMQClientException or OperationCanceledException
            or ObjectDisposedException or IOException or System.Net.Sockets.SocketException)
        {
            return SendOutcome.Info;
        }
    }

    static BasicProperties Properties(Request request)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        Add("Client-Id", request.ClientId);
        Add("Signature", request.Signature);
        Add("Bomb", request.HeaderBytes > 0 ? new string('x', request.HeaderBytes) : null);
        return new BasicProperties
        {
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            Headers = headers,
        };

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                headers[name] = value;
            }
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
                    await Books.PayAsync(books, payment);
                    return true;
                }
                catch (Npgsql.NpgsqlException)
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

    /// <summary>A connection with one confirming channel, made anew whenever it has broken.</summary>
    sealed class Outlet(Uri rabbitMq) : IAsyncDisposable
    {
        readonly SemaphoreSlim _gate = new(1);
        IConnection? _connection;
        IChannel? _channel;

        public async ValueTask DisposeAsync()
        {
            await CloseAsync();
            _gate.Dispose();
        }

        internal async Task<IChannel> OpenAsync()
        {
            await _gate.WaitAsync();
            try
            {
                while (_channel is not { IsOpen: true })
                {
                    await CloseAsync();
                    await ConnectAsync();
                }

                return _channel;
            }
            finally
            {
                _gate.Release();
            }
        }

        async Task ConnectAsync()
        {
            try
            {
                _connection = await Broker.ConnectAsync(rabbitMq, "chaos-sender");
                _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(
                    publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
            }
            catch (Exception error) when (Broker.IsAway(error))
            {
                await Task.Delay(Until.Step);
            }
        }

        async Task CloseAsync()
        {
            try
            {
                await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
            }
            catch (Exception error) when (Broker.IsAway(error))
            {
                // It is gone, which is what was wanted.
            }

            _connection = null;
        }
    }
}
