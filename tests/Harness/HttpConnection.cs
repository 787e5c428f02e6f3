using System.Net.Sockets;

namespace Reversals.Tests.Harness;

/// <summary>An answer over HTTP/1.1 as it came.</summary>
sealed record RawAnswer
{
    public required int Status { get; init; }
    public required IReadOnlyList<(string Name, string Value)> Headers { get; init; }
    public required byte[] Body { get; init; }

    internal string? Header(string name) => Headers
        .FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>
/// One connection on which exactly those bytes go that are given: no library makes them well, sends them
/// again or takes an answer for another.
/// </summary>
sealed class HttpConnection : IDisposable
{
    const int LargestHead = 64 * 1024;
    static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    readonly Socket _socket;
    readonly List<byte> _read = [];
    readonly byte[] _buffer = new byte[16 * 1024];

    HttpConnection(Socket socket) => _socket = socket;

    internal static async Task<HttpConnection> OpenAsync(int port, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stop);
            return new HttpConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A request that is well, with these headers besides Host and Content-Length.</summary>
    internal static byte[] Request(
        string line, IEnumerable<(string Name, string Value)> headers, ReadOnlySpan<byte> body)
    {
        var head = new StringBuilder($"{line} HTTP/1.1\r\nHost: gateway\r\n");
        foreach (var (name, value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. body];
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>False: the other side takes no more of it.</summary>
    internal async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await _socket.SendAsync(bytes, stop)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Tells the other side that no more comes; its answer can still be read.</summary>
    internal void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next answer; null: the other side has closed the connection before a whole one.</summary>
    internal async Task<RawAnswer?> AnswerAsync(CancellationToken stop)
    {
        while (true)
        {
            var head = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_read).IndexOf(HeadEnd);
            if (head >= 0)
            {
                var answer = await WholeAsync(head, stop);
                if (answer is null or { Status: >= 200 })
                {
                    return answer;
                }
            }
            else if (_read.Count > LargestHead || !await MoreAsync(stop))
            {
                return null;
            }
        }
    }

    /// <summary>Whether the other side has closed, read up to its end.</summary>
    internal async Task<bool> IsClosedAsync(CancellationToken stop)
    {
        while (await MoreAsync(stop))
        {
            _read.Clear();
        }

        return true;
    }

    async Task<RawAnswer?> WholeAsync(int head, CancellationToken stop)
    {
        var lines = Encoding.Latin1.GetString([.. _read[..head]]).Split("\r\n");
        (string Name, string Value)[] headers =
        [
            .. lines.Skip(1).Select(line => line.Split(':', 2))
                .Select(parts => (parts[0], parts.ElementAtOrDefault(1)?.Trim() ?? "")),
        ];
        var words = lines[0].Split(' ');
        var answer = new RawAnswer
        {
            Status = words.Length > 1 && int.TryParse(words[1], CultureInfo.InvariantCulture, out var status)
                ? status
                : throw new InvalidDataException($"No answer of HTTP: {lines[0]}"),
            Headers = headers,
            Body = [],
        };
        _read.RemoveRange(0, head + HeadEnd.Length);
        var length = int.Parse(answer.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture);
        while (_read.Count < length)
        {
            if (!await MoreAsync(stop))
            {
                return null;
            }
        }

        var body = _read[..length].ToArray();
        _read.RemoveRange(0, length);
        return answer with { Body = body };
    }

    async Task<bool> MoreAsync(CancellationToken stop)
    {
        try
        {
            var count = await _socket.ReceiveAsync(_buffer, stop);
            _read.AddRange(_buffer.AsSpan(0, count));
            return count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
