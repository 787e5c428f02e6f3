using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Reversals.Contracts;

namespace Reversals.Tests.Benchmarks.Load;

/// <summary>
/// Callers of <c>POST /reversal</c>, each with a connection of its own that is kept open. They share the
/// cores with what is measured, so they read no more of an answer than its status, its length and its rc.
/// </summary>
sealed class Callers : IDisposable
{
    readonly Caller[] _all;

    /// <summary>The one that was busy last comes first, as in a pool of connections.</summary>
    readonly ConcurrentStack<Caller> _idle;

    Callers(Caller[] all) => (_all, _idle) = (all, new ConcurrentStack<Caller>(all));

    internal static async Task<Callers> ConnectAsync(int port, int count)
    {
        var all = new Caller[count];
        for (var place = 0; place < count; place++)
        {
            all[place] = await Caller.ConnectAsync(port);
        }

        return new Callers(all);
    }

    public void Dispose() => Array.ForEach(_all, caller => caller.Dispose());

    /// <summary>Closed loop: each caller asks again when it has its answer.</summary>
    internal Task FlowAsync(Message[] messages)
    {
        var next = -1;
        return Task.WhenAll(_all.Select(async caller =>
        {
            while (Interlocked.Increment(ref next) is var place && place < messages.Length)
            {
                await caller.AskAsync(messages[place]);
            }
        }));
    }

    /// <summary>Asks by a timetable; the milliseconds from due to answered, in its order.</summary>
    internal async Task<double[]> ScheduleAsync(Message[] messages, double rate)
    {
        var asked = new List<Task<double>>(messages.Length);
        await foreach (var (message, dueAt) in Timetable.OfAsync(messages, rate))
        {
            asked.Add(_idle.TryPop(out var caller)
                ? AskAsync(caller, message, dueAt)
                : throw new BenchmarkException($"all {_all.Length} callers wait for their answers"));
        }

        return await Task.WhenAll(asked);
    }

    async Task<double> AskAsync(Caller caller, Message message, long dueAt)
    {
        await caller.AskAsync(message);
        var took = Stopwatch.GetElapsedTime(dueAt);
        _idle.Push(caller);
        return took.TotalMilliseconds;
    }

    /// <summary>One connection; one request after the other.</summary>
    sealed class Caller(Socket socket) : IDisposable
    {
        readonly byte[] _buffer = new byte[16 * 1024];

        internal static async Task<Caller> ConnectAsync(int port)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                NoDelay = true,
            };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return new Caller(socket);
        }

        public void Dispose() => socket.Dispose();

        internal async Task AskAsync(Message message)
        {
            var head = Encoding.ASCII.GetBytes(
                $"POST /reversal HTTP/1.1\r\nHost: localhost\r\nContent-Type: {Wire.ContentType}\r\n" +
                $"{Wire.ClientIdHeader}: {Shape.Client}\r\n" +
                $"{Wire.SignatureHeader}: {message.Properties.Headers![Wire.SignatureHeader]}\r\n" +
                FormattableString.Invariant($"Content-Length: {message.Body.Length}\r\n\r\n"));
            await socket.SendAsync((byte[])[.. head, .. message.Body]);
            for (var read = 0; !IsWhole(read);)
            {
                var more = await socket.ReceiveAsync(_buffer.AsMemory(read));
                read += more > 0 ? more : throw new BenchmarkException("the gateway hung up");
            }
        }

        /// <summary>Fails when it is the answer to no reversal.</summary>
        bool IsWhole(int read)
        {
            var answer = _buffer.AsSpan(0, read);
            var body = answer.IndexOf("\r\n\r\n"u8) + 4;
            if (body < 4)
            {
                return false;
            }

            var length = answer[(answer.IndexOf("Content-Length: "u8) + 16)..];
            if (!Utf8Parser.TryParse(length, out int bytes, out _) || read < body + bytes)
            {
                return false;
            }

            return answer.StartsWith("HTTP/1.1 200 "u8) && answer[body..].StartsWith("{\"rc\":\"SUCCESS\""u8)
                ? true
                : throw new BenchmarkException("the gateway answers:\n" + Encoding.UTF8.GetString(answer));
        }
    }
}
