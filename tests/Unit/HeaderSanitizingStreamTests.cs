using System.Net.Sockets;
using System.Reflection;
using Reversals.RabbitMq;

namespace Reversals.Tests.Unit;

/// <summary>Nothing gets past the guard of the consuming connection, nor past its encryption, by a member
/// that the client library does not use today.</summary>
public sealed class HeaderSanitizingStreamTests : IDisposable
{
    /// <summary>A whole method frame, which passes as it is.</summary>
    static readonly byte[] Frame = [1, 0, 1, 0, 0, 0, 3, 7, 8, 9, 0xCE];

    /// <summary>Go to the guard or to the encrypted way.</summary>
    static readonly string[] Handled =
    [
        "ValueTask`1 ReadAsync(Memory`1, CancellationToken)",
        "Task`1 ReadAsync(Byte[], Int32, Int32, CancellationToken)",
        "ValueTask WriteAsync(ReadOnlyMemory`1, CancellationToken)",
        "Task WriteAsync(Byte[], Int32, Int32, CancellationToken)",
        "Void Write(Byte[], Int32, Int32)", "Void Write(ReadOnlySpan`1)", "Void WriteByte(Byte)",
        "Void Flush()", "Task FlushAsync(CancellationToken)",
        "Boolean get_CanRead()", "Boolean get_CanWrite()", "Boolean get_CanSeek()", "Void Dispose(Boolean)",
    ];

    /// <summary>Read nothing and write nothing, or end at Dispose; the library sets the timeouts.</summary>
    static readonly string[] Harmless =
    [
        "Void Close()", "ValueTask DisposeAsync()", "WaitHandle CreateWaitHandle()", "Void ObjectInvariant()",
        "Void Finalize()", "String ToString()", "Boolean Equals(Object)", "Int32 GetHashCode()",
        "Object InitializeLifetimeService()", "Boolean get_CanTimeout()", "Int32 get_ReadTimeout()",
        "Void set_ReadTimeout(Int32)", "Int32 get_WriteTimeout()", "Void set_WriteTimeout(Int32)",
    ];

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Socket _near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    readonly Socket _far;
    readonly MemoryStream _inner = new();
    readonly HeaderSanitizingStream _stream;

    public HeaderSanitizingStreamTests()
    {
        _listener.Start();
        _near.Connect(_listener.LocalEndpoint);
        _far = _listener.AcceptSocket();
        _far.Send("past the guard"u8);
        _stream = new HeaderSanitizingStream(_near, _inner);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _inner.Dispose();
        _far.Dispose();
        _near.Dispose();
        _listener.Dispose();
    }

    [Fact]
    public void Every_virtual_member_of_NetworkStream_is_overridden_but_those_that_touch_no_byte()
    {
        var own = Virtual(typeof(HeaderSanitizingStream))
            .Where(method => method.DeclaringType == typeof(HeaderSanitizingStream)).Select(Name).ToArray();
        Virtual(typeof(NetworkStream)).Select(Name).Except(own, StringComparer.Ordinal)
            .ShouldBe(Harmless, StringComparer.Ordinal, ignoreOrder: true);
        Handled.Except(own, StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void Every_member_that_is_not_handled_throws()
    {
        var refused = Virtual(typeof(NetworkStream))
            .ExceptBy(Handled.Concat(Harmless), Name, StringComparer.Ordinal).ToArray();

        refused.Select(Name).Contains("Int32 Read(Byte[], Int32, Int32)", StringComparer.Ordinal).ShouldBeTrue();
        foreach (var method in refused.Where(method => !TakesSpan(method)))
        {
            object?[] arguments = [.. method.GetParameters().Select(one => Default(one.ParameterType))];
            Should.Throw<TargetInvocationException>(() => method.Invoke(_stream, arguments), Name(method))
                .InnerException.ShouldBeOfType<NotSupportedException>(Name(method));
        }

        refused.Where(TakesSpan).Select(Name).ShouldBe(["Int32 Read(Span`1)"]);
        Should.Throw<NotSupportedException>(() => _stream.Read(new byte[1].AsSpan()));
        Should.Throw<NotSupportedException>(() => _stream.Socket);
        _near.Available.ShouldBe("past the guard".Length, "nothing was read from the bare socket");
    }

    [Fact]
    public void Whatever_is_written_at_once_goes_the_encrypted_way()
    {
        _stream.Write([1], 0, 1);
        _stream.Write([2]);
        _stream.WriteByte(3);
        _stream.Flush();
        _inner.ToArray().ShouldBe([1, 2, 3]);
        _far.Available.ShouldBe(0);
    }

#pragma warning disable CA1835 // The overloads with arrays are meant.
    [Fact]
    public async Task Whatever_is_written_in_time_goes_the_encrypted_way()
    {
        var stop = TestContext.Current.CancellationToken;
        await _stream.WriteAsync(new byte[] { 4 }, stop);
        await _stream.WriteAsync([5], 0, 1, stop);
        await _stream.FlushAsync(stop);
        _inner.ToArray().ShouldBe([4, 5]);
        _far.Available.ShouldBe(0);
    }

    [Theory]
    [Each(true, false)]
    public async Task Whatever_is_read_comes_through_the_guard(bool asMemory)
    {
        var stop = TestContext.Current.CancellationToken;
        _inner.Write(Frame);
        _inner.Position = 0;
        var read = new byte[100];

        var count = asMemory
            ? await _stream.ReadAsync(read, stop)
            : await _stream.ReadAsync(read, 0, read.Length, stop);

        read[..count].ShouldBe(Frame);
        (await _stream.ReadAsync(read, stop)).ShouldBe(0, "the broker has closed");
    }

#pragma warning restore CA1835

    static MethodInfo[] Virtual(Type type) =>
    [
        .. type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(method => method is { IsVirtual: true, IsFinal: false })
            .Where(method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly),
    ];

    static string Name(MethodInfo method) => $"{method.ReturnType.Name} {method.Name}(" +
        $"{string.Join(", ", method.GetParameters().Select(one => one.ParameterType.Name))})";

    static bool TakesSpan(MethodInfo method) =>
        method.GetParameters().Any(one => one.ParameterType.IsByRefLike);

    static object? Default(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;
}
