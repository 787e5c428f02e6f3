using Microsoft.Extensions.Configuration;

namespace Reversals.Tests.Integration.Harness;

/// <summary>A folder with a file for each secret, as <c>SECRETS_DIR</c> names one.</summary>
sealed class SecretFolder : IAsyncDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reversal-secrets-");

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    internal string Path => _folder.FullName;

    /// <summary>Writes a secret, or takes it away.</summary>
    internal void Set(string setting, string? value)
    {
        var file = System.IO.Path.Combine(Path, setting.Replace(":", "__", StringComparison.Ordinal));
        if (value is null)
        {
            File.Delete(file);
        }
        else
        {
            File.WriteAllText(file, value + "\n");
        }
    }

    /// <summary>These settings with the secrets of the folder over them, as a process reads them again.</summary>
    internal SettingSource Changing(IReadOnlyDictionary<string, string?> settings) => new(
        () => Over(settings), new SettingFiles("/no/such/file", Path).Look);

    /// <summary>These settings with the secrets of the folder over them, as they are now.</summary>
    internal IConfiguration Over(IReadOnlyDictionary<string, string?> settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings).AddKeyPerFile(Path).Build();
}
