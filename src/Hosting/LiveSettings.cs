namespace Reversals.Hosting;

/// <summary>The settings in force, which may be replaced while the process runs.</summary>
sealed class LiveSettings<T>(T first)
    where T : class
{
    volatile T _current = first;

    internal T Current => _current;

    internal void Replace(T next) => _current = next;

    /// <summary>Something made of the settings in force.</summary>
    internal Live<TMade> Make<TMade>(Func<T, TMade> make)
        where TMade : class => new(() => _current, settings => make((T)settings));
}

/// <summary>
/// Something made of the settings in force, and made anew once these were replaced. Whoever reads it twice
/// may get two.
/// </summary>
sealed class Live<T>(Func<object> settings, Func<object, T> make)
    where T : class
{
    Held? _held;

    internal T Value
    {
        get
        {
            var current = settings();
            var held = Volatile.Read(ref _held);
            if (held is null || !ReferenceEquals(held.Of, current))
            {
                held = new Held(current, make(current));
                Volatile.Write(ref _held, held);
            }

            return held.Made;
        }
    }

    sealed record Held(object Of, T Made);
}
