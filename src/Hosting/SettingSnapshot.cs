using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Reversals.Hosting;

/// <summary>All settings of a process as its sources have them now, or why that cannot be said.</summary>
sealed record SettingSnapshot
{
    /// <summary>
    /// A mark is written where others can read it; so that nobody finds a weak key by trying, each try costs.
    /// </summary>
    const int Rounds = 100_000;

    const int MarkBytes = 8;

    static readonly byte[] Salt = "reversal settings"u8.ToArray();

    /// <summary>The settings, for whoever checks them; null: a source cannot be read.</summary>
    internal IConfiguration? Configuration { get; private init; }

    internal string? Problem { get; private init; }

    internal IReadOnlyDictionary<string, string> Values { get; private init; } =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the sources. Does not throw for what stands in them.</summary>
    internal static SettingSnapshot Take<T>(Func<IConfiguration> source)
    {
        try
        {
            var configuration = source();
            return new SettingSnapshot
            {
                Configuration = configuration,
                Values = SettingSources.Own<T>(configuration).AsEnumerable()
                    .Where(setting => setting.Value is not null)
                    .ToDictionary(
                        setting => setting.Key, setting => setting.Value!, StringComparer.OrdinalIgnoreCase),
            };
        }
        catch (ConfigurationException error)
        {
            return new SettingSnapshot { Problem = error.Message };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException
            or InvalidDataException or FormatException)
        {
            // Somebody changes the files at this moment; what they held may be secret.
            return new SettingSnapshot { Problem = "the settings cannot be read" };
        }
    }

    internal bool IsSameAs(SettingSnapshot other) => ReferenceEquals(this, other)
        || (string.Equals(Problem, other.Problem, StringComparison.Ordinal) && ChangedFrom(other).Count == 0);

    /// <summary>Names of the settings that are not as they are there, added or gone.</summary>
    internal IReadOnlyList<string> ChangedFrom(SettingSnapshot other) =>
    [
        .. Values.Keys.Union(other.Values.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(name => !string.Equals(
                Values.GetValueOrDefault(name), other.Values.GetValueOrDefault(name),
                StringComparison.Ordinal))
            .Order(StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>Two processes with one mark have the same settings in these sections.</summary>
    internal string MarkOf(IReadOnlyList<string> sections)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Values.Where(setting => IsIn(setting.Key, sections))
            .OrderBy(setting => setting.Key, StringComparer.OrdinalIgnoreCase))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name.ToUpperInvariant()}={value.Length}:{value}\n");
        }

        return Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(text.ToString()), Salt, Rounds, HashAlgorithmName.SHA256, MarkBytes));
    }

    internal static bool IsIn(string name, IReadOnlyList<string> sections) => sections.Any(
        section => name.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase));
}
