namespace Reversals.Hosting;

/// <summary>Where settings come from. What cannot be read is named like a setting that is wrong.</summary>
static class SettingSources
{
    const string Secrets = "SECRETS_DIR";
    const string FileName = "appsettings.json";

    static string? SecretFolder => Environment.GetEnvironmentVariable(Secrets);

    /// <exception cref="ConfigurationException">A source cannot be read.</exception>
    internal static IConfigurationRoot Load() => Load(AppContext.BaseDirectory, SecretFolder);

    /// <summary>The same, again and again. The environment of a process does not change.</summary>
    internal static SettingSource Changing() => new(
        Load, new SettingFiles(Path.Combine(AppContext.BaseDirectory, FileName), SecretFolder).Look);

    /// <param name="folder">Holds <c>appsettings.json</c>, perhaps.</param>
    /// <param name="secrets">Full path of a folder with a file for each secret; null or empty: none.</param>
    internal static IConfigurationRoot Load(string folder, string? secrets)
    {
        var file = Path.Combine(folder, FileName);
        var builder = new ConfigurationBuilder();
        Add(builder, $"{file}: expected settings as one JSON object", from =>
            from.AddJsonFile(file, optional: true));
        builder.AddEnvironmentVariables();
        if (!string.IsNullOrEmpty(secrets))
        {
            Add(builder, $"{Secrets}: expected the full path of a folder with a file for each secret, " +
                $"found '{ControlCharacters.Escape(secrets)}'", from => from.AddKeyPerFile(secrets));
        }

        return builder.Build();
    }

    /// <summary>
    /// The process's own settings and the standard ones of OpenTelemetry, without the line ends that
    /// editors and secret stores put behind a value.
    /// </summary>
    internal static IConfigurationRoot Own<T>(IConfiguration configuration) =>
        WithoutLineEnds(
            typeof(T).GetProperties()
                .SelectMany(property => configuration.GetSection(property.Name).AsEnumerable())
                .Concat(OtlpVariables.Of(configuration)));

    /// <summary>Only the standard ones of OpenTelemetry.</summary>
    internal static IConfigurationRoot Standard(IConfiguration configuration) =>
        WithoutLineEnds(OtlpVariables.Of(configuration));

    static IConfigurationRoot WithoutLineEnds(IEnumerable<KeyValuePair<string, string?>> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(
            settings.Where(setting => setting.Value is not null)
                .Select(setting => KeyValuePair.Create(setting.Key, setting.Value?.TrimEnd('\r', '\n'))))
            .Build();

    /// <summary>Reads a source by itself first, so that what is wrong with it is told as its own.</summary>
    static void Add(ConfigurationBuilder builder, string expected, Action<IConfigurationBuilder> source)
    {
        try
        {
            var alone = new ConfigurationBuilder();
            source(alone);
            _ = alone.Build();
            source(builder);
        }
        catch (Exception error) when (error is ArgumentException or IOException or InvalidDataException
            or FormatException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            // What was read there may be secret, so only what the system itself says is repeated.
            var cause = error.GetBaseException();
            throw new ConfigurationException([cause switch
            {
                System.Text.Json.JsonException json =>
                    $"{expected}; line {json.LineNumber + 1} is not of this form",
                IOException or UnauthorizedAccessException => $"{expected}; {cause.Message}",
                _ => expected,
            }]);
        }
    }
}
